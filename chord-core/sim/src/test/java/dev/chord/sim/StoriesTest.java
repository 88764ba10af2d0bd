package dev.chord.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Whole stories in plain text: what happens stands at the beginning of a line, what comes of it is indented
 * below. Each ends in an ideal ring. {@code -Dchord.stories=write} writes anew what comes of it, for a person
 * to read and to judge.
 */
class StoriesTest {
    private static final Path STORIES = Path.of("src/test/resources/stories");

    /**
     * Stands in stories whose failures are more than the protocol promises to bear without harm for a while.
     */
    private static final String OUTSIDE = "# Outside the assumption";

    @TestFactory
    Stream<DynamicTest> everyStoryIsToldAsItWas() throws IOException {
        try (Stream<Path> files = Files.list(STORIES)) {
            List<Path> all = files.sorted().toList();
            assertThat(all).hasSizeGreaterThan(15);
            return all.stream()
                    .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> tell(file)));
        }
    }

    private static void tell(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        Story story = new Story();
        StringBuilder text = new StringBuilder();
        for (String line : lines) {
            if (line.startsWith("#") || line.isEmpty()) {
                text.append(line).append('\n');
            } else if (!line.startsWith(" ")) {
                text.append(line).append('\n');
                story.play(line).forEach(t -> text.append("    ").append(t).append('\n'));
            }
        }
        if (lines.stream().noneMatch(l -> l.startsWith(OUTSIDE))) {
            assertThat(story.broken()).isEmpty();
        }
        assertThat(story.ideal()).as("it ends well: %s", text).isTrue();
        if ("write".equals(System.getProperty("chord.stories"))) {
            Files.writeString(file, text);
        }
        assertThat(text.toString())
                .as("told differently from %s; if rightly so, run with -Dchord.stories=write", file)
                .isEqualTo(Files.readString(file));
    }
}
