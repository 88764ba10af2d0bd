package dev.chord.node.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node shares, and what not, however the path is written and wherever links lead. */
class ShareRootsTest {
    @TempDir
    private Path work;

    private static void refused(ErrorCode code, Runnable what) {
        assertThatThrownBy(what::run)
                .isInstanceOfSatisfying(
                        ChordException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    void onlyWhatLiesBelowIsShared() throws IOException {
        Path in = Files.createDirectories(work.resolve("in"));
        Path secret = Files.writeString(work.resolve("secret"), "not for others");
        Path file = Files.writeString(in.resolve("file"), "for others");
        Path link = Files.createSymbolicLink(in.resolve("link"), secret);
        Path up = Files.createSymbolicLink(in.resolve("up"), work);
        Path back = Files.createSymbolicLink(work.resolve("back"), in);
        ShareRoots roots = new ShareRoots(List.of(in));
        assertThat(roots.allowed(file.toString())).isEqualTo(file);
        assertThat(roots.allowed(in.toString())).isEqualTo(in);
        assertThat(roots.allowedOverHttp(in + "/./file")).isEqualTo(file);
        assertThat(new ShareRoots(List.of(back)).allowed(back + "/file")).isEqualTo(back.resolve("file"));
        for (Path path : List.of(
                secret,
                link,
                up.resolve("secret"),
                up.resolve("nowhere"),
                in.resolve("../secret"),
                work.resolve("inner"),
                work.resolve("nowhere"),
                Path.of("/"),
                Path.of("/etc/passwd"))) {
            refused(ErrorCode.NOT_PERMITTED, () -> roots.allowed(path.toString()));
        }
    }

    @Test
    void withoutRootsTheUserDecidesAndHttpGetsNothing() throws IOException {
        Path file = Files.writeString(work.resolve("file"), "a");
        ShareRoots any = new ShareRoots(List.of());
        assertThat(any.allowed(file.toString())).isEqualTo(file);
        refused(ErrorCode.NOT_PERMITTED, () -> any.allowedOverHttp(file.toString()));
        for (String path : List.of("", "file", "./file", "../file", "~/file", "a\u0000b")) {
            refused(ErrorCode.USAGE, () -> any.allowed(path));
        }
    }
}
