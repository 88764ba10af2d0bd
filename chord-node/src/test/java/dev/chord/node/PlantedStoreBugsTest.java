package dev.chord.node;

import dev.chord.planted.PlantedBugs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The bugs of {@code planted-store-bugs.txt}, in what a node does with its disk and with copies. */
class PlantedStoreBugsTest {
    @TempDir
    private Path work;

    @TestFactory
    Stream<DynamicTest> eachPlantedBugTurnsACheckRed() throws IOException {
        Path list = Path.of("src/test/resources/planted-store-bugs.txt");
        return new PlantedBugs(Path.of("src/main/java/dev/chord/node"), list, work)
                .tests(PlantedStoreBugsTest.class, 18);
    }
}
