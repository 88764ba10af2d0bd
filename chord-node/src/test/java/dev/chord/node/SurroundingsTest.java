package dev.chord.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a process must have been given. */
class SurroundingsTest {
    @TempDir
    Path directory;

    @Test
    void namesInAnotherEncodingAreRefusedWithItsName() {
        Surroundings.requireUnicodeNames(true, "UTF-8");
        Surroundings.requireUnicodeNames(true, "utf8");
        Surroundings.requireUnicodeNames(false, "Cp1252");
        assertThatThrownBy(() -> Surroundings.requireUnicodeNames(true, "ANSI_X3.4-1968"))
                .isInstanceOfSatisfying(
                        ChordException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.USAGE))
                .hasMessageContaining("ANSI_X3.4-1968");
    }

    @Test
    void fewOpenFilesAreRefusedWithTheNumber() {
        Surroundings.requireOpenFiles(
                List.of("Max open files            1024                 4096                 files"));
        Surroundings.requireOpenFiles(
                List.of("Max open files            unlimited            unlimited            files"));
        Surroundings.requireOpenFiles(List.of());
        assertThatThrownBy(() -> Surroundings.requireOpenFiles(List.of(
                        "Limit  Soft", "Max open files            100                 4096                 files")))
                .isInstanceOfSatisfying(
                        ChordException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NO_SPACE))
                .hasMessageContaining("only 100 files")
                .hasMessageContaining("192");
    }

    @Test
    void aCommandThatIsNotStartedByTheLauncherSaysSoToo() throws Exception {
        ProcessBuilder builder = ProcessRing.java("version");
        builder.environment().put("LC_ALL", "POSIX");
        Process process = builder.redirectErrorStream(true)
                .redirectOutput(directory.resolve("out").toFile())
                .start();
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).isEqualTo(2);
        assertThat(directory.resolve("out")).content().contains("chord: ", "ANSI_X3.4-1968", "hint: ");
    }
}
