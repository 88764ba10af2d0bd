package dev.chord.client.sync;

import dev.chord.client.content.FileStamp;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Identifier;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * A folder in memory, with inodes, links and the clock of a file system, which stands still for a while as
 * real ones do. Users write to it in every way there is; sync sees it through {@link SyncFolder}.
 */
final class MemoryFolder implements SyncFolder {
    private static final long TICK = 4_000_000L; // ns; a file system's clock goes in such steps
    private static final int OPERATIONS_A_TICK = 3;

    private final Map<String, Inode> entries = new TreeMap<>();
    private final Set<String> shown = new HashSet<>(); // what sync ever put where people see it
    private List<String> saved = List.of();
    private long operations;
    private long nextInode;
    private int moment;
    private Runnable step = () -> {};

    /** A file, whatever it is called. */
    private static final class Inode {
        private final long number;
        private String text = "";
        private long modified;
        private long changed;

        Inode(long number) {
            this.number = number;
        }
    }

    /** What happens before each step that sync takes; it may throw. */
    void beforeEachStep(Runnable what) {
        step = what;
    }

    private long clock() {
        return 1_000_000_000_000L + operations++ / OPERATIONS_A_TICK * TICK;
    }

    /** Much time passes. */
    void rest() {
        operations += 1_000_000;
    }

    // ---- what users do

    /** Ways to write a file. */
    enum Way {
        IN_PLACE,
        KEEPING_SIZE_AND_TIME,
        BY_RENAME,
        BY_RENAME_KEEPING_TIME
    }

    /** Writes; keeping the size only looks alike if the text is as long as the one before. */
    void write(String name, String text, Way way) {
        Inode before = entries.get(name);
        boolean fresh = before == null || way == Way.BY_RENAME || way == Way.BY_RENAME_KEEPING_TIME;
        Inode inode = fresh ? new Inode(nextInode++) : before;
        long now = clock();
        boolean keeps = before != null && (way == Way.KEEPING_SIZE_AND_TIME || way == Way.BY_RENAME_KEEPING_TIME);
        long modified = keeps ? before.modified : now;
        inode.text = text;
        inode.modified = modified;
        inode.changed = now;
        entries.put(name, inode);
    }

    /** A file that somebody keeps open, wherever it goes. */
    final class Handle {
        private final Inode inode;

        private Handle(Inode inode) {
            this.inode = inode;
        }

        /**
         * Whether it is where people look for files; what has no name but in some program is gone by the
         * user's own hand.
         */
        boolean isSomewhere() {
            return entries.entrySet().stream()
                    .filter(entry ->
                            !SyncNames.isOwn(entry.getKey()) || entry.getKey().startsWith(SyncNames.TRASH))
                    .anyMatch(entry -> entry.getValue() == inode);
        }

        String text() {
            return inode.text;
        }

        void write(String text) {
            inode.text = text;
            inode.modified = clock();
            inode.changed = inode.modified;
        }
    }

    Optional<Handle> open(String name) {
        return Optional.ofNullable(entries.get(name)).map(Handle::new);
    }

    void userRemoves(String name) {
        entries.remove(name);
    }

    void userRenames(String from, String to) {
        Inode inode = entries.remove(from);
        if (inode != null) {
            inode.changed = clock();
            entries.put(to, inode);
        }
    }

    Optional<String> text(String name) {
        return Optional.ofNullable(entries.get(name)).map(i -> i.text);
    }

    /** All that is there, the trash too, by name. */
    Map<String, String> everything() {
        Map<String, String> all = new TreeMap<>();
        entries.forEach((name, inode) -> all.put(name, inode.text));
        return all;
    }

    /** Whether sync ever put it where people see it. */
    boolean everShowed(String text) {
        return shown.contains(text);
    }

    /** The files that people see. */
    Map<String, String> files() {
        Map<String, String> all = everything();
        all.keySet().removeIf(SyncNames::isOwn);
        return all;
    }

    // ---- what sync does

    private Inode inode(String name) throws IOException {
        Inode inode = entries.get(name);
        if (inode == null) {
            throw new ChordException(ErrorCode.NOT_FOUND, name + ": no such file", "");
        }
        return inode;
    }

    static Identifier content(String text) {
        return Identifier.sha256(text.getBytes(StandardCharsets.UTF_8));
    }

    /** For the ring: what is in a file. */
    String read(Path path) {
        return Optional.ofNullable(entries.get(path.toString()))
                .map(i -> i.text)
                .orElseThrow(() -> new ChordException(ErrorCode.NOT_FOUND, path + ": no such file", ""));
    }

    /** For the ring: writes into a file of sync's own. */
    void fetched(Path path, String text) {
        write(path.toString(), text, Way.IN_PLACE);
    }

    @Override
    public FileTime now() {
        step.run();
        return time(clock());
    }

    @Override
    public Walk walk() {
        step.run();
        Map<String, FileStamp> files = new TreeMap<>();
        entries.forEach((name, inode) -> {
            if (!SyncNames.isOwn(name)) {
                files.put(name, stamp(inode));
            }
        });
        return new Walk(files, new TreeMap<>(), Set.of());
    }

    private static FileStamp stamp(Inode inode) {
        return new FileStamp(inode.text.length(), time(inode.modified), time(inode.changed), "" + inode.number);
    }

    private static FileTime time(long nanos) {
        return FileTime.from(nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public Optional<FileStamp> stamp(String name) {
        step.run();
        return Optional.ofNullable(entries.get(name)).map(MemoryFolder::stamp);
    }

    @Override
    public Identifier digest(String name) throws IOException {
        step.run();
        return content(inode(name).text);
    }

    @Override
    public Path path(String name) {
        return Path.of(name);
    }

    @Override
    public String incoming(String name, Identifier content) {
        step.run();
        String own = SyncNames.OWN + content.abbreviated();
        entries.remove(own);
        return own;
    }

    @Override
    public boolean link(String file, String name) throws IOException {
        step.run();
        Inode inode = inode(file);
        if (entries.putIfAbsent(name, inode) != null) {
            return false;
        }
        inode.changed = clock();
        shown.add(inode.text);
        return true;
    }

    @Override
    public void delete(String own) {
        step.run();
        if (!SyncNames.isOwn(own)) {
            throw new IllegalArgumentException(own);
        }
        entries.remove(own);
    }

    private String trash(String name) {
        return SyncNames.TRASH + "/" + moment++ + "/" + name;
    }

    @Override
    public String keep(String name) throws IOException {
        step.run();
        String kept = trash(name);
        Inode inode = inode(name);
        inode.changed = clock();
        entries.put(kept, inode);
        return kept;
    }

    @Override
    public boolean replace(String own, String name, FileStamp seen) throws IOException {
        step.run();
        Inode there = entries.get(name);
        if (there == null || !stamp(there).sameFile(seen)) {
            return false;
        }
        entries.put(name, inode(own));
        shown.add(inode(own).text);
        entries.remove(own);
        return true;
    }

    @Override
    public String take(String name) throws IOException {
        step.run();
        Inode inode = inode(name);
        String kept = trash(name);
        entries.remove(name);
        inode.changed = clock();
        entries.put(kept, inode);
        return kept;
    }

    @Override
    public List<String> loadState() {
        return saved;
    }

    @Override
    public void saveState(List<String> lines) throws IOException {
        step.run();
        if (lines.isEmpty()) {
            throw new FileSystemException("an empty state");
        }
        saved = new ArrayList<>(lines);
    }

    @Override
    public void emptyTrash() {
        step.run();
    }
}
