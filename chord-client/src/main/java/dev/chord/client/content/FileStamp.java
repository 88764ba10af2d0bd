package dev.chord.client.content;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * What the file system says of a file, to tell whether it is still the same: two equal stamps mean that
 * nobody wrote to the file in between. The change time is part of it, which no program can set back; and the
 * file's number, so that a file that was put in its place is another one.
 *
 * @param modified when its bytes were changed last, as programs may set it
 * @param changed when anything of it was changed last, as the system sets it; the epoch where the system
 *     tells none
 * @param file the system's number for the file, with its device
 */
public record FileStamp(long size, FileTime modified, FileTime changed, String file) {
    // Systems take the time of a change from a clock that moves in steps; the coarsest in use makes 100
    // a second.
    private static final long STEP_MILLIS = 20;

    // Some file systems write times down in steps as coarse as this.
    private static final long COARSEST_SECONDS = 2;

    /** The stamp now; a link is followed. */
    public static FileStamp of(Path path) throws IOException {
        return of(path, new LinkOption[0]);
    }

    /** The stamp now, of a link itself if {@code options} say so. */
    public static FileStamp of(Path path, LinkOption... options) throws IOException {
        BasicFileAttributes basic = Files.readAttributes(path, BasicFileAttributes.class, options);
        boolean unix = path.getFileSystem().supportedFileAttributeViews().contains("unix");
        FileTime changed = unix ? (FileTime) Files.getAttribute(path, "unix:ctime", options) : null;
        return new FileStamp(
                basic.size(),
                basic.lastModifiedTime(),
                Objects.requireNonNullElse(changed, FileTime.fromMillis(0)),
                Objects.toString(basic.fileKey(), path.toString()));
    }

    /**
     * Whether any change after a moment shows in another stamp: the last one is long enough before it.
     *
     * @param now by the clock of the file system
     */
    public boolean settled(FileTime now) {
        Instant last = (modified.compareTo(changed) > 0 ? modified : changed).toInstant();
        return last.isBefore(now.toInstant().minusSeconds(COARSEST_SECONDS));
    }

    /**
     * Whether it is the same file, not written to since, unless its times were set back; it may have
     * more links.
     */
    public boolean sameFile(FileStamp other) {
        return size == other.size && modified.equals(other.modified) && file.equals(other.file);
    }

    /**
     * The stamp of a file that is about to be read. A file that was written just now may be written again
     * without its times showing it, so this waits until the clock has moved on: some milliseconds at most.
     */
    static FileStamp beforeReading(Path path) throws IOException {
        FileStamp stamp = of(path);
        long age = System.currentTimeMillis() - stamp.changed().toMillis();
        if (age < 0 || age >= STEP_MILLIS) {
            return stamp;
        }
        try {
            TimeUnit.MILLISECONDS.sleep(STEP_MILLIS - age);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted before " + path + " was read");
        }
        return of(path);
    }
}
