package dev.chord.sim.planted;

import dev.chord.planted.PlantedBugs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The bugs of {@code planted-bugs.txt}. */
class PlantedBugsTest {
    @TempDir
    private Path work;

    @TestFactory
    Stream<DynamicTest> eachPlantedBugTurnsACheckRed() throws IOException {
        Path list = Path.of("src/test/resources/planted-bugs.txt");
        List<Path> sources = List.of(
                Path.of("../src/main/java/dev/chord"),
                Path.of("src/main/java/dev/chord"),
                Path.of("../../chord-client/src/main/java/dev/chord"));
        return new PlantedBugs(sources, Searches.class, list, work).tests(PlantedBugsTest.class, 51);
    }
}
