package dev.chord.node;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.awaitility.Awaitility;

/** An ext4 file system in a file, whose power can be cut; for root only. */
public final class LoopMount implements AutoCloseable {
    // EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH: from now on nothing reaches the disk, the journal's
    // tail neither
    private static final String SHUTDOWN =
            "open(my $d, '<', $ARGV[0]) or die $!; my $how = pack('I', 2);" + " ioctl($d, 0x8004587d, $how) or die $!;";

    private final Path image;
    private final Path mount;

    private LoopMount(Path image, Path mount) {
        this.image = image;
        this.mount = mount;
    }

    /** Makes and mounts one; empty where that is not possible. */
    public static Optional<LoopMount> tryMake(Path work, int megabytes) throws IOException {
        if (!AsRoot.possible()) {
            return Optional.empty();
        }
        Path image = work.resolve("disk.img");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(megabytes * 1024L * 1024);
        }
        LoopMount made = new LoopMount(image, Files.createDirectories(work.resolve("mount")));
        try {
            AsRoot.run("mkfs.ext4", "-q", "-F", image.toString());
            made.mount();
            return Optional.of(made);
        } catch (IOException e) {
            System.out.println("no loop mount here: " + e.getMessage());
            return Optional.empty();
        }
    }

    private void mount() throws IOException {
        AsRoot.run("mount", "-o", "loop", image.toString(), mount.toString());
    }

    public Path path() {
        return mount;
    }

    public void cutThePower() throws IOException {
        AsRoot.run("perl", "-e", SHUTDOWN, mount.toString());
    }

    /** The power comes back. */
    public void remount() throws IOException {
        unmount();
        mount();
    }

    // What was open a moment ago may keep it busy for another one.
    private void unmount() {
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(() -> AsRoot.run("umount", mount.toString()).isEmpty());
    }

    @Override
    public void close() {
        unmount();
    }
}
