package dev.chord.node.store;

import com.sun.nio.file.ExtendedOpenOption;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The real disk. */
public class DiskIo implements StoreIo {
    // The JDK copies through memory outside the heap, as much at a time as it is given, and keeps it for
    // each thread.
    private static final int SLICE = 64 * 1024;

    private ByteBuffer aligned = ByteBuffer.allocate(0);

    @Override
    public void createDirectories(Path directory) throws IOException {
        PrivateFiles.createDirectories(directory);
    }

    @Override
    public List<Entry> list(Path directory) throws IOException {
        List<Entry> entries = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                if (Files.isRegularFile(file)) {
                    entries.add(new Entry(String.valueOf(file.getFileName()), Files.size(file)));
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return entries;
    }

    @Override
    public NewFile create(Path file) throws IOException {
        FileChannel out = PrivateFiles.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        return new NewFile() {
            @Override
            public void write(ByteBuffer... parts) throws IOException {
                for (ByteBuffer part : parts) {
                    while (part.hasRemaining()) {
                        ByteBuffer slice = part.slice(part.position(), Math.min(SLICE, part.remaining()));
                        part.position(part.position() + out.write(slice));
                    }
                }
            }

            @Override
            public void sync() throws IOException {
                out.force(true);
            }

            @Override
            public void close() throws IOException {
                out.close();
            }
        };
    }

    @Override
    public void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void delete(Path file) throws IOException {
        Files.deleteIfExists(file);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        DurableFiles.syncDirectory(directory);
    }

    @Override
    public byte[] read(Path file) throws IOException {
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(in.size()));
            while (bytes.hasRemaining()) {
                ByteBuffer slice = bytes.slice(bytes.position(), Math.min(SLICE, bytes.remaining()));
                int read = in.read(slice);
                if (read < 0) {
                    return Arrays.copyOf(bytes.array(), bytes.position()); // it became shorter
                }
                bytes.position(bytes.position() + read);
            }
            return bytes.array();
        }
    }

    @Override
    public byte[] readFromDisk(Path file) throws IOException {
        FileStore disk = Files.getFileStore(file);
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ, ExtendedOpenOption.DIRECT)) {
            return direct(in, Math.toIntExact(disk.getBlockSize()));
        } catch (UnsupportedOperationException e) {
            return read(file); // tmpfs and others have no disk behind them
        } catch (IOException e) {
            if (String.valueOf(e.getMessage()).contains("Invalid argument")) {
                return read(file);
            }
            throw e;
        }
    }

    // Direct reads want position, length and memory aligned to blocks of the file system.
    private synchronized byte[] direct(FileChannel in, int block) throws IOException {
        int size = Math.toIntExact(in.size());
        int rounded = (size + block - 1) / block * block;
        if (aligned.capacity() < rounded) {
            aligned = ByteBuffer.allocateDirect(rounded + 2 * block).alignedSlice(block);
        }
        ByteBuffer buffer = aligned.clear().limit(rounded);
        while (buffer.position() < size) {
            int before = buffer.position();
            if (in.read(buffer, before) < 0 || buffer.position() % block != 0) {
                break; // the end, or the file became shorter
            }
        }
        byte[] bytes = new byte[Math.min(size, buffer.position())];
        buffer.flip().get(bytes);
        return bytes;
    }

    @Override
    public Space space(Path directory) throws IOException {
        FileStore disk = Files.getFileStore(directory);
        return new Space(disk.getUsableSpace(), disk.getTotalSpace());
    }
}
