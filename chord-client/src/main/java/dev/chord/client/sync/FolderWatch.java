package dev.chord.client.sync;

import dev.chord.client.wire.DaemonThreads;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Tells that something below a folder has changed, as the operating system notices it. Where that has no room
 * left for watches, as with a low {@code fs.inotify.max_user_watches}, the directories that could not be
 * watched are silent, and {@link #trouble} says so: whoever has to know all looks for himself now and then.
 */
public final class FolderWatch implements AutoCloseable {
    private static final WatchEvent.Kind<?>[] ALL = {
        StandardWatchEventKinds.ENTRY_CREATE,
        StandardWatchEventKinds.ENTRY_DELETE,
        StandardWatchEventKinds.ENTRY_MODIFY,
        StandardWatchEventKinds.OVERFLOW
    };

    private final Path folder;
    private final Runnable changed;
    private final @Nullable WatchService service;
    private volatile String trouble = "";

    /**
     * Begins to watch; {@code changed} is run on a thread of the watch, once for many changes that
     * come together.
     */
    public FolderWatch(Path folder, Runnable changed) {
        this.folder = folder;
        this.changed = changed;
        this.service = open(folder);
        if (service != null) {
            register(service, folder);
            DaemonThreads.named("chord-folder").newThread(() -> follow(service)).start();
        }
    }

    private @Nullable WatchService open(Path at) {
        try {
            return at.getFileSystem().newWatchService();
        } catch (IOException | UnsupportedOperationException e) {
            failed(e);
            return null;
        }
    }

    private void failed(Exception e) {
        trouble = "the system does not tell of all changes in " + folder + " (" + e.getMessage() + ")";
    }

    /** Why changes may be missed; empty: they are not. */
    public Optional<String> trouble() {
        return Optional.of(trouble).filter(words -> !words.isEmpty());
    }

    // Directories that are watched already stay so: that is for the service to know.
    private void register(WatchService watches, Path from) {
        try {
            Files.walkFileTree(from, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                    if (isOwn(directory)) {
                        return FileVisitResult.SKIP_SUBTREE;
                    }
                    try {
                        directory.register(watches, ALL);
                    } catch (IOException e) {
                        if (Files.isReadable(directory)) { // the round reports what cannot be read
                            failed(e);
                        }
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException e) {
                    return FileVisitResult.CONTINUE; // gone in the meantime, or the round reports it
                }

                @Override
                public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) {
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            failed(e);
        }
    }

    private static boolean isOwn(Path path) {
        return String.valueOf(path.getFileName()).startsWith(SyncNames.OWN);
    }

    private void follow(WatchService watches) {
        try {
            while (true) {
                WatchKey key = watches.take();
                boolean matters = false;
                for (WatchEvent<?> event : key.pollEvents()) {
                    if (event.context() instanceof Path name && !isOwn(name)) {
                        matters = true;
                        watchNew(watches, key, event, name);
                    }
                    matters |= event.kind() == StandardWatchEventKinds.OVERFLOW;
                }
                key.reset();
                if (matters) {
                    // What was made in a new directory before it was watched is seen by whoever looks now.
                    changed.run();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ClosedWatchServiceException e) {
            // the end
        }
    }

    private void watchNew(WatchService watches, WatchKey key, WatchEvent<?> event, Path name) {
        if (event.kind() == StandardWatchEventKinds.ENTRY_CREATE && key.watchable() instanceof Path directory) {
            Path made = directory.resolve(name);
            if (Files.isDirectory(made, LinkOption.NOFOLLOW_LINKS)) {
                register(watches, made);
            }
        }
    }

    @Override
    public void close() {
        if (service != null) {
            try {
                service.close();
            } catch (IOException e) {
                trouble = String.valueOf(e.getMessage()); // it watches nothing any more all the same
            }
        }
    }
}
