package dev.chord.client.sync;

/**
 * What tells that a file is as it was: whoever changes it changes one of these, though one who wants to can keep size and
 * modification time as they were.
 *
 * @param modified in nanoseconds, as the file can be told to say
 * @param changed in nanoseconds, as the file system alone sets it
 * @param inode what stands for the file itself; another file under the same name has another
 */
record Stamp(long size, long modified, long changed, String inode) {
    /** A file system's clock may stand still for so long while a file changes twice. */
    private static final long COARSE_NANOS = 2_000_000_000L;

    /** Whether any change after the moment given, by the file system's clock, shows in another stamp. */
    boolean settled(long now) {
        return changed < now - COARSE_NANOS;
    }

    /** Whether it is the same file, not written to since; that it got another link does not count. */
    boolean sameFile(Stamp other) {
        return size == other.size && modified == other.modified && inode.equals(other.inode);
    }
}
