package dev.chord.node.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteLibraryTest {
    @TempDir
    private Path work;

    /** A process that has a database open. */
    static final class Holder {
        public static void main(String[] args) throws Exception {
            try (Database database =
                    new Database(Path.of(args[0]), List.of("CREATE TABLE IF NOT EXISTS t (n INTEGER)"))) {
                int tables = database.read(connection -> 1);
                System.out.println("open " + tables);
                System.in.read();
            }
        }
    }

    @Test
    void aProcessThatIsKilledLeavesNoLibraryBehind() throws Exception {
        Path temporary = Files.createDirectory(work.resolve("tmp"));
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Djava.io.tmpdir=" + temporary,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName(),
                        work.resolve("records.db").toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader output = process.inputReader()) {
            assertThat(output.readLine()).isEqualTo("open 1");
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        try (Stream<Path> left = Files.list(temporary)) {
            assertThat(left).isEmpty();
        }
    }
}
