package dev.chord.node.store;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * A disk that keeps what POSIX promises and loses everything else: after a power cut any part of what was not
 * synced may be there, sector by sector and in any order, the last one torn at any byte; a name may be
 * missing whose directory was not synced. One fault can be ordered for one operation.
 */
final class SimulatedDisk implements StoreIo {
    private static final int SECTOR = 64; // small, so that small blocks are torn too

    enum Fault {
        NONE,
        POWER_CUT,
        EIO,
        ENOSPC,
        MISDIRECTED
    }

    /** The power is off: whatever is asked now, nobody hears the answer. */
    static final class PowerOff extends IOException {
        private static final long serialVersionUID = 1L;
    }

    private static final class Inode {
        private byte[] now = new byte[0];
        private byte[] durable = new byte[0];
        private boolean lost; // a failed fsync: the system forgets that these pages were not written
    }

    /**
     * A change of names that is not durable yet: a file had the one name and now has the other; empty: none.
     */
    private record NameChange(Path directory, Optional<Path> from, Optional<Path> to, Inode inode) {}

    private final Random random;
    private final Set<Path> directories = new HashSet<>();
    private final Map<Path, Inode> names = new HashMap<>();
    private final Map<Path, Inode> durableNames = new HashMap<>();
    private final List<NameChange> unsynced = new ArrayList<>();
    private long operations;
    private long faultAt = Long.MAX_VALUE;
    private Fault fault = Fault.NONE;
    private boolean off;

    SimulatedDisk(long seed) {
        this.random = new Random(seed);
    }

    /** Lets one operation from now on fail; every operation counts, reads too. */
    void fail(Fault kind, long after) {
        fault = kind;
        faultAt = operations + after;
    }

    boolean isOn() {
        return !off;
    }

    long operations() {
        return operations;
    }

    // Says whether the ordered fault is due now.
    private boolean due() throws PowerOff {
        if (off) {
            throw new PowerOff();
        }
        boolean now = ++operations == faultAt;
        if (now && fault == Fault.POWER_CUT) {
            off = true;
        }
        return now;
    }

    private void step() throws IOException {
        if (due()) {
            switch (fault) {
                case POWER_CUT -> throw new PowerOff();
                case EIO -> throw new IOException("Input/output error");
                case ENOSPC -> throw new IOException("No space left on device");
                default -> {}
            }
        }
    }

    /** The power comes back: what is found is what was durable, and a random part of the rest. */
    void powerOn() {
        off = false;
        faultAt = Long.MAX_VALUE;
        for (NameChange change : unsynced) {
            if (random.nextBoolean()) {
                apply(change);
            }
        }
        unsynced.clear();
        names.clear();
        names.putAll(durableNames);
        new HashSet<>(names.values()).forEach(this::settle);
    }

    private void settle(Inode inode) {
        byte[] found = inode.durable;
        if (!inode.lost && !Arrays.equals(inode.now, inode.durable)) {
            found = torn(inode);
        }
        inode.now = found;
        inode.durable = found;
        inode.lost = false;
    }

    // Each sector is old or new; the file may be as long as any of them.
    private byte[] torn(Inode inode) {
        int length = inode.durable.length;
        byte[] found = Arrays.copyOf(inode.durable, Math.max(inode.now.length, length));
        for (int start = 0; start < inode.now.length; start += SECTOR) {
            if (random.nextBoolean()) {
                int whole = Math.min(SECTOR, inode.now.length - start);
                int written = random.nextInt(4) == 0 ? random.nextInt(whole + 1) : whole;
                System.arraycopy(inode.now, start, found, start, written);
                length = Math.max(length, start + written);
            }
        }
        return Arrays.copyOf(found, length);
    }

    private void apply(NameChange change) {
        change.from().ifPresent(name -> durableNames.remove(name, change.inode()));
        change.to().ifPresent(name -> durableNames.put(name, change.inode()));
    }

    /** Every file there is, to damage it. */
    List<Path> files() {
        return names.keySet().stream().sorted().toList();
    }

    void flipBit(Path file) {
        Inode inode = names.get(file);
        if (inode != null && inode.now.length > 0) {
            inode.now = inode.now.clone();
            inode.now[random.nextInt(inode.now.length)] ^= (byte) (1 << random.nextInt(8));
            inode.durable = inode.now;
        }
    }

    void truncate(Path file, int length) {
        Inode inode = names.get(file);
        if (inode != null) {
            inode.now = Arrays.copyOf(inode.now, Math.min(length, inode.now.length));
            inode.durable = inode.now;
        }
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        if (off) {
            throw new PowerOff();
        }
        directories.add(directory);
    }

    @Override
    public List<Entry> list(Path directory) throws IOException {
        if (off) {
            throw new PowerOff();
        }
        List<Entry> entries = new ArrayList<>();
        names.forEach((path, inode) -> {
            if (directory.equals(path.getParent())) {
                entries.add(new Entry(String.valueOf(path.getFileName()), inode.now.length));
            }
        });
        return entries;
    }

    @Override
    public NewFile create(Path file) throws IOException {
        step();
        if (names.containsKey(file)) {
            throw new FileAlreadyExistsException(file.toString());
        }
        if (!directories.contains(file.getParent()) && file.getNameCount() > 2) {
            throw new FileNotFoundException(file.toString());
        }
        Inode inode = new Inode();
        names.put(file, inode);
        unsynced.add(new NameChange(parent(file), Optional.empty(), Optional.of(file), inode));
        return new Writing(inode);
    }

    private static Path parent(Path file) {
        return Objects.requireNonNull(file.getParent());
    }

    private final class Writing implements NewFile {
        private final Inode inode;

        Writing(Inode inode) {
            this.inode = inode;
        }

        @Override
        public void write(ByteBuffer... parts) throws IOException {
            boolean fails = due();
            for (ByteBuffer part : parts) {
                byte[] bytes = new byte[part.remaining()];
                part.get(bytes);
                // what fails in the middle has written a part
                int written = fails ? random.nextInt(bytes.length + 1) : bytes.length;
                Inode target = fails && fault == Fault.MISDIRECTED ? somebodyElse() : inode;
                append(target, Arrays.copyOf(bytes, fault == Fault.MISDIRECTED ? bytes.length : written));
            }
            if (fails) {
                operations--;
                step(); // says how
            }
        }

        private Inode somebodyElse() {
            List<Inode> all = files().stream().map(names::get).toList();
            return all.get(random.nextInt(all.size()));
        }

        private void append(Inode target, byte[] bytes) {
            boolean own = target == inode;
            byte[] longer = own
                    ? Arrays.copyOf(target.now, target.now.length + bytes.length)
                    : Arrays.copyOf(target.now, Math.max(target.now.length, bytes.length));
            System.arraycopy(bytes, 0, longer, own ? target.now.length : 0, bytes.length);
            target.now = longer;
        }

        @Override
        public void sync() throws IOException {
            try {
                step();
            } catch (IOException e) {
                inode.lost |= fault != Fault.POWER_CUT; // asked again it would say that all is well
                throw e;
            }
            if (!inode.lost) {
                inode.durable = inode.now;
            }
        }

        @Override
        public void close() {}
    }

    @Override
    public void move(Path from, Path to) throws IOException {
        step();
        Inode inode = names.remove(from);
        if (inode == null) {
            throw new NoSuchFileException(from.toString());
        }
        names.put(to, inode);
        unsynced.add(new NameChange(parent(to), Optional.of(from), Optional.of(to), inode));
    }

    @Override
    public void delete(Path file) throws IOException {
        step();
        Inode inode = names.remove(file);
        if (inode != null) {
            unsynced.add(new NameChange(parent(file), Optional.of(file), Optional.empty(), inode));
        }
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        step();
        unsynced.stream().filter(c -> c.directory().equals(directory)).forEach(this::apply);
        unsynced.removeIf(c -> c.directory().equals(directory));
    }

    @Override
    public byte[] read(Path file) throws IOException {
        step();
        Inode inode = names.get(file);
        if (inode == null) {
            throw new NoSuchFileException(file.toString());
        }
        return inode.now.clone();
    }

    @Override
    public byte[] readFromDisk(Path file) throws IOException {
        return read(file);
    }

    @Override
    public Space space(Path directory) {
        return new Space(1L << 40, 1L << 40);
    }
}
