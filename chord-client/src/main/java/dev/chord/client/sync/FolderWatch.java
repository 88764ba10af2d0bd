package dev.chord.client.sync;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;

/** Tells that something below a folder has changed, as the operating system notices it. */
public final class FolderWatch implements AutoCloseable {
    private static final WatchEvent.Kind<?>[] ALL = {
        StandardWatchEventKinds.ENTRY_CREATE,
        StandardWatchEventKinds.ENTRY_DELETE,
        StandardWatchEventKinds.ENTRY_MODIFY,
        StandardWatchEventKinds.OVERFLOW
    };

    private final Path folder;
    private final Runnable changed;
    private final WatchService service;

    /** Begins to watch; {@code changed} is run on a thread of the watch, once for many changes that come together. */
    public FolderWatch(Path folder, Runnable changed) throws IOException {
        this.folder = Files.createDirectories(folder);
        this.changed = changed;
        this.service = folder.getFileSystem().newWatchService();
        register();
        Thread thread = new Thread(this::follow, "chord-folder");
        thread.setDaemon(true);
        thread.start();
    }

    // Directories that are watched already stay so: that is for the service to know.
    private void register() throws IOException {
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                directory.register(service, ALL);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
                return FileVisitResult.CONTINUE; // gone in the meantime
            }
        });
    }

    private void follow() {
        try {
            while (true) {
                WatchKey key = service.take();
                boolean matters = false;
                boolean tree = false;
                for (WatchEvent<?> event : key.pollEvents()) {
                    boolean own = String.valueOf(event.context()).startsWith(SyncState.FILE);
                    matters |= !own;
                    tree |= event.kind() != StandardWatchEventKinds.ENTRY_MODIFY && !own;
                }
                key.reset();
                if (tree) {
                    register(); // what was made in a new directory before that is seen by whoever looks now
                }
                if (matters) {
                    changed.run();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ClosedWatchServiceException e) {
            // the end
        } catch (IOException e) {
            changed.run(); // no more notices: the regular look has to do
        }
    }

    @Override
    public void close() throws IOException {
        service.close();
    }
}
