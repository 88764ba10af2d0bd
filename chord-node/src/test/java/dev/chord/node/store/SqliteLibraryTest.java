package dev.chord.node.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.chord.node.AsRoot;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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

    private Process hold(List<String> before, Path temporary, Path database) throws IOException {
        List<String> command = new ArrayList<>(before);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + temporary,
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                database.toString()));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private static void assertOpensAndLeavesNothing(Process process, Path... directories) throws Exception {
        try (BufferedReader output = process.inputReader()) {
            assertThat(output.readLine()).isEqualTo("open 1");
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        for (Path directory : directories) {
            try (Stream<Path> left = Files.list(directory)) {
                assertThat(left.map(file -> file.getFileName().toString()))
                        .allMatch(name -> name.startsWith("records.db"));
            }
        }
    }

    @Test
    void aProcessThatIsKilledLeavesNoLibraryBehind() throws Exception {
        Path temporary = Files.createDirectory(work.resolve("tmp"));
        Path data = Files.createDirectory(work.resolve("data"));
        assertOpensAndLeavesNothing(hold(List.of(), temporary, data.resolve("records.db")), temporary, data);
    }

    @Test
    void noTemporaryDirectoryIsNeeded() throws Exception {
        Path data = Files.createDirectory(work.resolve("data"));
        assertOpensAndLeavesNothing(hold(List.of(), work.resolve("not-there"), data.resolve("records.db")), data);
    }

    @Test
    void dataWhereNothingMayRunIsFineToo() throws Exception {
        assumeTrue(AsRoot.possible(), "mounting takes root");
        Path temporary = Files.createDirectory(work.resolve("tmp"));
        Path data = Files.createDirectory(work.resolve("data"));
        String mount = "mount -t tmpfs -o noexec,size=16m tmpfs '" + data + "' && exec \"$@\"";
        Process process =
                hold(List.of("unshare", "-m", "sh", "-c", mount, "sh"), temporary, data.resolve("records.db"));
        assertOpensAndLeavesNothing(process, temporary);
    }
}
