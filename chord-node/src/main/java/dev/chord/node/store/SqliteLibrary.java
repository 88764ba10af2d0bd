package dev.chord.node.store;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteJDBCLoader;

/**
 * SQLite's library. Its driver unpacks it into a file, which has to lie where programs may run: beside the
 * data, where the node writes anyway, or in the directory for temporary files, which is noexec, read-only or
 * full on some machines. The driver would delete the file when the process ends, and one that is killed would
 * leave a megabyte behind each time; so it is deleted as soon as it is loaded, where the system allows that.
 */
final class SqliteLibrary {
    private static final Logger log = LoggerFactory.getLogger(SqliteLibrary.class);
    private static final String DIRECTORY = "org.sqlite.tmpdir";
    private static boolean loaded;

    private SqliteLibrary() {}

    /**
     * Loads it, once. Whoever has told the driver where it is to be unpacked has it there.
     *
     * @param beside the directory of the data
     * @throws ChordException NOT_PERMITTED, with what was tried, if it cannot be loaded from anywhere
     */
    static synchronized void load(Path beside) {
        if (loaded || System.getProperty(DIRECTORY) != null || System.getProperty("org.sqlite.lib.path") != null) {
            return;
        }
        List<String> tried = new ArrayList<>();
        for (Path parent : List.of(beside, Path.of(System.getProperty("java.io.tmpdir")))) {
            try {
                load(beside.equals(parent) ? "native-" : "chord-sqlite-", parent);
                loaded = true;
                return;
            } catch (Exception | LinkageError e) {
                log.debug("SQLite's library cannot be loaded from {}", parent, e);
                tried.add(parent + " (" + e.getMessage() + ")");
            }
        }
        throw new ChordException(
                ErrorCode.NOT_PERMITTED,
                "SQLite's library can be unpacked and loaded nowhere: " + String.join("; ", tried),
                "let one of these be writable and not mounted noexec, or give a directory that is:"
                        + " CHORD_JAVA_OPTS=-Dorg.sqlite.tmpdir=DIR");
    }

    private static void load(String prefix, Path parent) throws Exception {
        Path directory = Files.createTempDirectory(parent, prefix);
        System.setProperty(DIRECTORY, directory.toString());
        try {
            if (!SQLiteJDBCLoader.initialize()) {
                throw new IOException("it does not run here");
            }
        } finally {
            System.clearProperty(DIRECTORY);
            delete(directory);
        }
    }

    private static void delete(Path directory) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                Files.delete(file);
            }
            Files.delete(directory);
        } catch (IOException e) {
            log.debug("left behind until this process ends: {}", directory, e);
        }
    }
}
