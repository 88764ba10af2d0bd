package dev.chord.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The launcher by itself, with a Java and a Maven that only say how they were called. */
class LauncherTest {
    private static final String LAUNCHER = "bin/chord";

    @TempDir
    Path directory;

    private Path tools;

    @BeforeEach
    void tools() throws IOException {
        tools = Files.createDirectories(directory.resolve("tools/bin"));
        script("java", """
                #!/bin/sh
                case " $* " in *" warm-up "* | *-Xshare:dump*) exit 1 ;; esac
                for word in "$@"; do printf '<%s>' "$word"; done >"$SAID"
                printf '\\nLC_ALL=%s\\n' "${LC_ALL-}" >>"$SAID"
                for fd in 0 1 2; do [ -e /proc/self/fd/$fd ] && printf 'open %s\\n' $fd >>"$SAID"; done
                case " $* " in *" print "*) echo printed || exit 74 ;; esac
                """);
        script("mvn", "#!/bin/sh\nprintf '%s in %s\\n' \"$*\" \"$PWD\" >>\"$SAID.mvn\"\n");
    }

    private void script(String name, String text) throws IOException {
        Path file = Files.writeString(tools.resolve(name), text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** A program installed somewhere, with one library. */
    private static Path installed(Path home) throws IOException {
        Files.createDirectories(home.resolve("lib"));
        Files.writeString(home.resolve("lib/some.jar"), "");
        return copy(home);
    }

    private static Path copy(Path home) throws IOException {
        Files.createDirectories(home.resolve("bin"));
        Path launcher = Files.copy(Path.of(LAUNCHER), home.resolve(LAUNCHER));
        Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
        return launcher;
    }

    /** A checkout of this project, built a minute ago. */
    private Path checkout() throws IOException {
        Path root = directory.resolve("checkout");
        Path launcher = copy(root.resolve("chord-node"));
        Files.writeString(root.resolve("pom.xml"), "<artifactId>chord-parent</artifactId>");
        Files.writeString(root.resolve("chord-node/pom.xml"), "");
        Files.createDirectories(root.resolve("deep/inner/src/main/java"));
        Files.writeString(root.resolve("deep/inner/src/main/java/A.java"), "");
        Files.createDirectories(root.resolve("chord-node/target/lib"));
        Files.writeString(root.resolve("chord-node/target/chord-node-1.jar"), "");
        Files.writeString(root.resolve("chord-node/target/lib/.built"), "");
        aged(root, 3600);
        Files.setLastModifiedTime(
                root.resolve("chord-node/target/lib/.built"),
                FileTime.from(Instant.now().minusSeconds(60)));
        return launcher;
    }

    private static void aged(Path root, long seconds) throws IOException {
        FileTime then = FileTime.from(Instant.now().minusSeconds(seconds));
        try (var files = Files.walk(root)) {
            for (Path file : files.toList()) {
                Files.setLastModifiedTime(file, then);
            }
        }
    }

    private record Ended(int exit, String words, String said, boolean maven) {}

    private Ended run(Map<String, String> environment, String... command) throws IOException, InterruptedException {
        Path said = directory.resolve("said");
        Path out = directory.resolve("out");
        Files.deleteIfExists(said);
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(out.toFile());
        builder.environment().clear();
        builder.environment().put("PATH", tools + ":/usr/bin:/bin");
        builder.environment().put("SAID", said.toString());
        builder.environment().putAll(environment);
        Process process = builder.start();
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        return new Ended(
                process.exitValue(),
                Files.readString(out),
                Files.exists(said) ? Files.readString(said) : "",
                Files.exists(directory.resolve("said.mvn")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"plain", "with blank", "line\nbreak", "b\u00fcro's \"*\" [x] $HOME `a` %", "-dash", "end\n"})
    void anyPathIsTakenAsItIs(String name) throws Exception {
        Path home = directory.resolve("in").resolve(name);
        Ended ended = run(Map.of("LC_ALL", "C.UTF-8"), installed(home).toString(), "print", "a b", "*");
        assertThat(ended.exit()).as(ended.words()).isZero();
        assertThat(ended.words()).isEqualTo("printed\n");
        assertThat(ended.said())
                .contains("<-cp><" + home.toRealPath() + "/lib/*>", "<dev.chord.node.cli.Cli><print><a b><*>");
    }

    @Test
    void aColonInThePathIsSaidToBeTooMuchForJava() throws Exception {
        Ended ended = run(Map.of(), installed(directory.resolve("a:b")).toString(), "print");
        assertThat(ended.exit()).isEqualTo(1);
        assertThat(ended.words()).contains("colon", "hint: ");
    }

    @Test
    void linksAndOtherDirectoriesLeadToTheSameProgram() throws Exception {
        Path home = directory.resolve("real");
        installed(home);
        Path decoy = directory.resolve("decoy");
        installed(decoy.resolve("real"));
        Files.createSymbolicLink(directory.resolve("link"), Path.of("real/bin/chord"));
        for (String command : List.of("./link", "real/bin/chord")) {
            Ended ended = run(Map.of("CDPATH", decoy.toString()), command, "print");
            assertThat(ended.said()).as(command).contains("<" + home.toRealPath() + "/lib/*>");
        }
    }

    @Test
    void nothingIsBuiltBesideAnInstalledProgram() throws Exception {
        Path launcher = installed(directory.resolve("chord-node"));
        Files.writeString(directory.resolve("pom.xml"), "<artifactId>chord-parent</artifactId>");
        Files.writeString(directory.resolve("chord-node/pom.xml"), "");
        assertThat(run(Map.of(), launcher.toString(), "print").maven()).isFalse();
        Path strange = copy(directory.resolve("elsewhere/chord-node"));
        Files.writeString(directory.resolve("elsewhere/pom.xml"), "<artifactId>somebody-elses</artifactId>");
        Ended ended = run(Map.of(), strange.toString(), "print");
        assertThat(ended.exit()).isEqualTo(1);
        assertThat(ended.maven()).isFalse();
    }

    @Test
    void aCheckoutIsBuiltOnlyWhereASourceIsNewerHoweverDeep() throws Exception {
        Path launcher = checkout();
        Path source = directory.resolve("checkout/deep/inner/src/main/java/A.java");
        Path generated = Files.createDirectories(directory.resolve("checkout/deep/target/src/main"));
        Files.writeString(generated.resolve("B.java"), "");
        assertThat(run(Map.of(), launcher.toString(), "print").maven()).isFalse();
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().minusSeconds(10)));
        Ended ended = run(Map.of("TMPDIR", "/nonexistent"), launcher.toString(), "print");
        assertThat(ended.exit()).as(ended.words()).isZero();
        assertThat(ended.maven()).isTrue();
        assertThat(Files.readString(directory.resolve("said.mvn")))
                .as("offline no code is made from the protocol's files")
                .doesNotContain("-o ")
                .hasLineCount(1);
        assertThat(ended.words()).contains("building");
        Files.delete(directory.resolve("said.mvn"));
        assertThat(run(Map.of(), launcher.toString(), "print").maven()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"C", "POSIX", "de_DE.ISO-8859-1", "xx_XX.UTF-8", ""})
    void theLocaleIsAlwaysUtf8(String locale) throws Exception {
        Path launcher = installed(directory.resolve("home"));
        for (String variable : List.of("LC_ALL", "LC_CTYPE", "LANG")) {
            assertThat(run(Map.of(variable, locale), launcher.toString(), "print")
                            .said())
                    .as(variable)
                    .contains("LC_ALL=C.UTF-8");
        }
        assertThat(run(Map.of("LANG", "C.UTF-8"), launcher.toString(), "print").said())
                .contains("LC_ALL=\n");
    }

    @Test
    void fewFilesAreRefusedWithTheNumber() throws Exception {
        Path launcher = installed(directory.resolve("home"));
        Ended ended = run(Map.of(), "/bin/sh", "-c", "ulimit -n 64; exec \"$0\" print", launcher.toString());
        assertThat(ended.exit()).isEqualTo(9);
        assertThat(ended.words()).contains("only 64 files", "ulimit -n", "128").doesNotContain("printed");
        Ended node = run(Map.of(), "/bin/sh", "-c", "ulimit -n 150; exec \"$0\" up", launcher.toString());
        assertThat(node.words()).contains("only 150 files", "192");
        Ended command = run(Map.of(), "/bin/sh", "-c", "ulimit -n 150; exec \"$0\" print", launcher.toString());
        assertThat(command.words()).isEqualTo("printed\n");
    }

    @Test
    void closedStreamsAreNeverTakenForFiles() throws Exception {
        Path launcher = installed(directory.resolve("home"));
        List<String> closings = new ArrayList<>(List.of("<&-", ">&-", "2>&-", "<&- >&- 2>&-"));
        for (String closing : closings) {
            Ended ended = run(Map.of(), "/bin/sh", "-c", "\"$0\" print " + closing, launcher.toString());
            assertThat(ended.said()).as(closing).contains("open 0", "open 1", "open 2");
            assertThat(ended.exit()).as(closing).isEqualTo(closing.contains(" >") || closing.startsWith(">") ? 74 : 0);
        }
        Ended node = run(Map.of(), "/bin/sh", "-c", "\"$0\" up print >&-", launcher.toString());
        assertThat(node.exit()).isZero();
    }

    @Test
    void noHomeNoCacheAndNoTemporaryDirectoryAreNeeded() throws Exception {
        Path launcher = installed(directory.resolve("home"));
        Ended ended = run(Map.of("TMPDIR", "/nonexistent", "XDG_CACHE_HOME", "relative"), launcher.toString(), "print");
        assertThat(ended.exit()).as(ended.words()).isZero();
        assertThat(directory.resolve("relative")).doesNotExist();
    }
}
