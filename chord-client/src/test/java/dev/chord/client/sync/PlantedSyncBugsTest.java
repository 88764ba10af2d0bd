package dev.chord.client.sync;

import dev.chord.planted.PlantedBugs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The bugs of {@code planted-sync-bugs.txt}: ways to lose what somebody wrote in a folder that is kept
 * in step.
 */
class PlantedSyncBugsTest {
    @TempDir
    private Path work;

    @TestFactory
    Stream<DynamicTest> eachPlantedBugTurnsACheckRed() throws IOException {
        Path list = Path.of("src/test/resources/planted-sync-bugs.txt");
        return new PlantedBugs(Path.of("src/main/java/dev/chord/client/sync"), list, work)
                .tests(PlantedSyncBugsTest.class, 16);
    }
}
