package dev.chord.node;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * What this process has to be given by whoever starts it; the launcher sees to it, an embedder may not have.
 */
public final class Surroundings {
    /**
     * Fewer open files than this do not carry a node: its libraries take a hundred, its servers and its
     * database thirty.
     */
    static final int OPEN_FILES = 192;

    private static final Path LIMITS = Path.of("/proc/self/limits");
    private static final String OPEN_FILES_LINE = "Max open files";

    private Surroundings() {}

    /**
     * Whether names of files arrive as they are.
     *
     * @throws ChordException USAGE if Java reads them in another encoding than UTF-8, for then
     *     names would be lost
     */
    public static void requireUnicodeNames() {
        boolean bytes = Path.of("/").toString().equals("/")
                && !System.getProperty("os.name", "").startsWith("Mac");
        requireUnicodeNames(bytes, System.getProperty("sun.jnu.encoding", "UTF-8"));
    }

    // Where names of files are bytes, Java reads them by the locale that the process was started in.
    static void requireUnicodeNames(boolean bytes, String encoding) {
        if (bytes && !encoding.toUpperCase(Locale.ROOT).replace("-", "").equals("UTF8")) {
            throw new ChordException(
                    ErrorCode.USAGE,
                    "this process reads names of files as " + encoding + ", not as UTF-8: names would be lost",
                    "start it with LC_ALL=C.UTF-8, as the launcher does");
        }
    }

    /**
     * Whether a node may open enough files.
     *
     * @throws ChordException NO_SPACE with the numbers if not
     */
    static void requireOpenFiles() {
        try {
            requireOpenFiles(Files.readAllLines(LIMITS, StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            // a system that does not say has to show it when files are opened
        }
    }

    static void requireOpenFiles(List<String> limits) {
        OptionalLong allowed = limits.stream()
                .filter(line -> line.startsWith(OPEN_FILES_LINE))
                .map(line -> line.substring(OPEN_FILES_LINE.length()).strip().split("\\s+")[0])
                .filter(number -> number.matches("\\d{1,18}"))
                .mapToLong(Long::parseLong)
                .findFirst();
        if (allowed.isPresent() && allowed.getAsLong() < OPEN_FILES) {
            throw new ChordException(
                    ErrorCode.NO_SPACE,
                    "only " + allowed.getAsLong() + " files may be open at once here (ulimit -n), and " + OPEN_FILES
                            + " are needed",
                    "raise the limit: 1024 do for most nodes");
        }
    }
}
