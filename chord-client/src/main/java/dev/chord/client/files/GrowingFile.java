package dev.chord.client.files;

import dev.chord.core.id.Identifier;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;

/**
 * A file on its way to its place: beside it, so that it gets there in one step, under a short name of its own
 * that nobody can foresee. What an earlier try left for the same place and content is gone on with, if it is
 * this user's own and no other process is at it.
 */
public final class GrowingFile implements AutoCloseable {
    /** What the names of all unfinished files begin with. */
    public static final String BEGINNING = ".chord-";

    private static final String END = ".part";
    private static final int RANDOM_BYTES = 8;
    private static final int KEY_DIGITS = 8;

    /** Drawn from when the first one is made: a process that fetches nothing pays nothing for it. */
    private static final class Chance {
        static final SecureRandom SOURCE = new SecureRandom();
    }

    private final Destination destination;
    private String name;
    private FileChannel channel;
    private boolean keep;
    private boolean placed;

    private GrowingFile(Destination destination, String name, FileChannel channel) {
        this.destination = destination;
        this.name = name;
        this.channel = channel;
    }

    /**
     * Begins a file, or goes on with one. The directory is open for a moment only, and once more at the end:
     * many files may grow at once, and handles are few.
     *
     * @param content what it will be
     * @param resumable whether it is worth looking for an earlier try
     */
    public static GrowingFile open(Destination destination, Identifier content, boolean resumable) throws IOException {
        try (TargetDirectory directory = destination.open()) {
            destination.requireFree(directory);
            String beginning = beginning(destination.last(), content);
            byte[] chance = new byte[RANDOM_BYTES];
            Chance.SOURCE.nextBytes(chance);
            String name = beginning + HexFormat.of().formatHex(chance) + END;
            GrowingFile file = new GrowingFile(destination, name, directory.create(name));
            lock(file.channel);
            if (resumable) {
                file.resume(directory, beginning);
            }
            return file;
        }
    }

    /** What the name of an unfinished file begins with, for a place and a content. */
    public static String beginning(String last, Identifier content) {
        byte[] both = (last + "/" + content.toHex()).getBytes(StandardCharsets.UTF_8);
        return BEGINNING + Identifier.sha256(both).toHex().substring(0, KEY_DIGITS) + "-";
    }

    private void resume(TargetDirectory directory, String beginning) throws IOException {
        for (String old : directory.names(beginning)) {
            Optional<FileChannel> earlier = old.equals(name) ? Optional.empty() : earlier(directory, old);
            if (earlier.isPresent()) {
                channel.close();
                directory.delete(name);
                name = old;
                channel = earlier.get();
                keep = true;
                return;
            }
        }
    }

    private Optional<FileChannel> earlier(TargetDirectory directory, String old) {
        try {
            if (!directory.isLike(old, name)) {
                return Optional.empty();
            }
            FileChannel opened = directory.reopen(old);
            if (lock(opened)) {
                return Optional.of(opened);
            }
            opened.close();
        } catch (IOException e) {
            // gone, or not to be opened: this try begins anew
        }
        return Optional.empty();
    }

    // Where a file system has no locks, two downloads of one file write the same bytes.
    private static boolean lock(FileChannel channel) {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException | IOException e) {
            return false;
        }
    }

    public FileChannel channel() {
        return channel;
    }

    /** The disk it grows on. */
    public FileStore disk() throws IOException {
        try (TargetDirectory directory = destination.open()) {
            return Files.getFileStore(directory.path());
        }
    }

    /** What has come is worth keeping for another try. */
    public void keep() {
        keep = true;
    }

    /** Gives it its place, in one step and instead of the file that was there. */
    public void place() throws IOException {
        try (TargetDirectory directory = destination.open()) {
            destination.requireFree(directory);
            directory.move(name, destination.last());
        }
        placed = true;
    }

    @Override
    public void close() throws IOException {
        channel.close();
        if (!placed && !keep) {
            try (TargetDirectory directory = destination.open()) {
                directory.delete(name);
            } catch (NoSuchFileException e) {
                // somebody was quicker: nothing is left of it, as intended
            }
        }
    }
}
