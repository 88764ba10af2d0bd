package dev.chord.node.store;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteJDBCLoader;

/**
 * SQLite's library. Its driver unpacks it into a file, which it deletes when the process ends; one that is killed would leave a
 * megabyte behind each time. So the file is deleted as soon as it is loaded, where the system allows that.
 */
final class SqliteLibrary {
    private static final Logger log = LoggerFactory.getLogger(SqliteLibrary.class);
    private static final String DIRECTORY = "org.sqlite.tmpdir";
    private static boolean loaded;

    private SqliteLibrary() {}

    /** Loads it, once. Whoever has told the driver where it is to be unpacked has it there. */
    static synchronized void load() {
        if (loaded || System.getProperty(DIRECTORY) != null || System.getProperty("org.sqlite.lib.path") != null) {
            return;
        }
        try {
            Path directory = Files.createTempDirectory("chord-sqlite");
            System.setProperty(DIRECTORY, directory.toString());
            try {
                loaded = SQLiteJDBCLoader.initialize();
            } finally {
                System.clearProperty(DIRECTORY);
                delete(directory);
            }
        } catch (Exception e) {
            log.debug("SQLite's driver loads its library itself, and says what is wrong", e);
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
