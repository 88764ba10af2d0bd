package dev.chord.node.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * The file system as the block store sees it: what POSIX promises and nothing more. What is written is
 * durable after {@link NewFile#sync}, a new or moved name after {@link #syncDirectory}; before that a power
 * cut may keep any part of it, in any order. Tests put a disk behind it that does exactly that.
 */
public interface StoreIo {
    /** A file being written. */
    interface NewFile extends AutoCloseable {
        /** Appends all that is left in the buffers. */
        void write(ByteBuffer... parts) throws IOException;

        /** Returns once the bytes are durable. A failure is final: the system may have dropped them. */
        void sync() throws IOException;

        @Override
        void close() throws IOException;
    }

    /** A file of a directory. */
    record Entry(String name, long size) {}

    /** Room on the disk, in bytes. */
    record Space(long usable, long total) {}

    void createDirectories(Path directory) throws IOException;

    /** The plain files of a directory, in any order. */
    List<Entry> list(Path directory) throws IOException;

    /** Starts a file that must not be there yet. */
    NewFile create(Path file) throws IOException;

    /** Gives a file another name, in one step; what had that name is replaced. */
    void move(Path from, Path to) throws IOException;

    /** Removes a file; nothing happens if it is not there. */
    void delete(Path file) throws IOException;

    /** Makes the names of a directory durable. */
    void syncDirectory(Path directory) throws IOException;

    /** All bytes of a file, perhaps from memory. */
    byte[] read(Path file) throws IOException;

    /** All bytes of a file as they are on the disk, past the page cache where the file system allows it. */
    byte[] readFromDisk(Path file) throws IOException;

    Space space(Path directory) throws IOException;
}
