package dev.chord.node.store;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.placement.Precedence;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.DoubleSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What clients of this node send before it is stored on the ring: bodies of one request, and uploads that go
 * on after a broken connection and after a restart of the node. Both count against the room of the disk.
 * Uploads are bounded in number and age; what became of one that is not there any more is remembered for two
 * days. Thread-safe; calls block for the disk alone.
 */
public final class UploadStore implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(UploadStore.class);
    private static final String JOURNAL = ".upload";
    private static final String PART = ".part";

    /** How many may be open at a time. */
    public static final int MAX_OPEN = 64;

    /** How long one may take in all. */
    public static final Duration MAX_AGE = Duration.ofDays(1);

    // how long nothing came: then an upload keeps no room for what may still come, or makes room for
    // others altogether
    static final Duration QUIET = Duration.ofMinutes(1);
    static final Duration ABANDONED = Duration.ofMinutes(10);

    private static final Duration REMEMBERED = Duration.ofDays(2);
    private static final int MAX_REMEMBERED = 1024;

    private final Room room;
    private final Path incoming;
    private final Clock clock;
    private final Map<String, Upload> open = new HashMap<>();
    private final Map<String, Gone> gone = new HashMap<>();
    private final AtomicLong bodies = new AtomicLong();
    private volatile DoubleSupplier share = () -> 0;

    private record Gone(String why, long at) {}

    UploadStore(Room room, Path incoming, Clock clock) throws IOException {
        this.room = room;
        this.incoming = incoming;
        this.clock = clock;
        PrivateFiles.createDirectories(incoming);
        load();
        room.onShortage(this::makeRoom);
    }

    // ---- bodies of one request

    /**
     * Begins to take a body in.
     *
     * @param announced how long it will be; -1: not known
     * @return goes, with all its room, when it is closed
     * @throws ChordException NO_SPACE if it does not fit
     */
    public IncomingFile body(long announced) {
        Room.Claim claim = room.claim(0);
        claim.grow(Math.max(0, announced), blocks(Math.max(0, announced)));
        try {
            return IncomingFile.temporary(incoming.resolve("body-" + bodies.incrementAndGet() + PART), claim);
        } catch (IOException e) {
            claim.close();
            throw DiskErrors.translate(e);
        }
    }

    // ---- uploads

    /**
     * Tells what part of the blocks of a file is stored on this node as a rule: an upload needs room for
     * that too.
     */
    public void share(DoubleSupplier part) {
        share = part;
    }

    /** What of a file of this size will be stored here as blocks, in bytes. */
    long blocks(long size) {
        return (long) (size * Math.min(1, share.getAsDouble()));
    }

    /**
     * Begins an upload.
     *
     * @throws ChordException NO_SPACE if there is no room for one of this size; UNFINISHED if too many
     *     are open
     */
    public Upload begin(String name, long size) {
        Room.Claim claim = room.claim(0);
        try {
            claim.grow(size, blocks(size)); // not under this lock: who has to make room may need it
            return begin(new Upload.Entry(UUID.randomUUID().toString(), name, size, clock.millis(), 0), claim);
        } catch (RuntimeException e) {
            claim.close();
            throw e;
        }
    }

    private synchronized Upload begin(Upload.Entry entry, Room.Claim claim) {
        expire();
        if (open.size() >= MAX_OPEN && !dropQuietest()) {
            throw new ChordException(ErrorCode.UNFINISHED, MAX_OPEN + " uploads are open", "try later");
        }
        String id = entry.id();
        try {
            note(entry);
            PrivateFiles.touch(part(id));
        } catch (IOException e) {
            throw DiskErrors.translate(e);
        }
        Upload upload = new Upload(entry, part(id), claim, this);
        open.put(id, upload);
        return upload;
    }

    /**
     * The upload of this number.
     *
     * @throws ChordException NOT_FOUND if there was none of late; CANNOT_RESUME, with the reason, if it
     *     cannot go on
     */
    public synchronized Upload get(String id) {
        expire();
        Upload upload = open.get(id);
        if (upload != null) {
            return upload;
        }
        Gone what = gone.get(id);
        if (what != null) {
            throw new ChordException(
                    ErrorCode.CANNOT_RESUME,
                    "this upload cannot go on: " + what.why(),
                    "begin another: POST /api/v1/uploads");
        }
        throw new ChordException(ErrorCode.NOT_FOUND, "there is no such upload", "begin one: POST /api/v1/uploads");
    }

    /** How many are open. */
    public synchronized int open() {
        return open.size();
    }

    /**
     * Ends an upload that is stored, or that its owner gave up: nothing of it is left.
     *
     * @throws ChordException CONFLICT if a piece of it is arriving
     */
    public synchronized void remove(Upload upload) {
        if (!upload.end()) {
            throw new ChordException(
                    ErrorCode.CONFLICT, "a piece of this upload is arriving", "end that request first");
        }
        if (open.remove(upload.id(), upload)) {
            discard(upload);
            delete(journal(upload.id()));
        }
    }

    /**
     * Ends an upload that cannot go on; whoever asks for it is told why. Nothing happens while a piece of it
     * is arriving.
     */
    public synchronized void giveUp(Upload upload, String why) {
        if (upload.end() && open.remove(upload.id(), upload)) {
            discard(upload);
            remember(upload.id(), why);
        }
    }

    private void discard(Upload upload) {
        delete(upload.file());
        upload.claim().close();
    }

    /** Lets go of what is too old. */
    public synchronized void expire() {
        long now = clock.millis();
        for (Upload upload : List.copyOf(open.values())) {
            if (upload.begun() < now - MAX_AGE.toMillis()) {
                giveUp(upload, "it was not whole after " + MAX_AGE.toHours() + " hours");
            }
        }
        for (Map.Entry<String, Gone> entry : List.copyOf(gone.entrySet())) {
            if (entry.getValue().at() < now - REMEMBERED.toMillis()) {
                forget(entry.getKey());
            }
        }
    }

    private boolean dropQuietest() {
        Upload quietest = open.values().stream()
                .max(Comparator.comparingLong(Upload::idle))
                .filter(upload -> upload.idle() > ABANDONED.toMillis())
                .orElse(null);
        if (quietest == null) {
            return false;
        }
        giveUp(quietest, "nothing came for a while, and others wanted its place");
        return open.size() < MAX_OPEN;
    }

    // Called by whoever claims, with no lock of the room's held.
    private synchronized boolean makeRoom(long bytes, Precedence by) {
        List<Upload> quiet = new ArrayList<>(open.values());
        quiet.removeIf(upload -> upload.idle() <= QUIET.toMillis());
        boolean any = false;
        for (Upload upload : quiet) {
            any |= upload.claim().pending() > 0;
            upload.claim().trim();
        }
        quiet.sort(Comparator.comparingLong(Upload::idle).reversed());
        long freed = 0;
        for (Upload upload : quiet) {
            if (freed >= bytes || upload.idle() <= ABANDONED.toMillis()) {
                break;
            }
            freed += upload.received();
            any |= upload.received() > 0;
            giveUp(upload, "nothing came for a while, and others needed the room");
        }
        return any;
    }

    long now() {
        return clock.millis();
    }

    // ---- the journal

    private Path part(String id) {
        return incoming.resolve(id + PART);
    }

    private Path journal(String id) {
        return incoming.resolve(id + JOURNAL);
    }

    void note(Upload.Entry entry) throws IOException {
        write(
                entry.id(),
                Map.of(
                        "name", entry.name(),
                        "size", "" + entry.size(),
                        "begun", "" + entry.begun(),
                        "synced", "" + entry.synced()));
    }

    private void write(String id, Map<String, String> what) throws IOException {
        Properties properties = new Properties();
        properties.putAll(what);
        StringWriter text = new StringWriter();
        properties.store(text, null);
        PrivateFiles.write(journal(id), text.toString());
    }

    private void remember(String id, String why) {
        if (gone.size() >= MAX_REMEMBERED) {
            gone.entrySet().stream()
                    .min(Comparator.comparingLong(e -> e.getValue().at()))
                    .ifPresent(oldest -> forget(oldest.getKey()));
        }
        gone.put(id, new Gone(why, clock.millis()));
        try {
            write(id, Map.of("gone", why, "at", "" + clock.millis()));
        } catch (IOException e) {
            log.debug("after a restart nobody will know why upload {} ended: {}", id, e.toString());
        }
    }

    private void forget(String id) {
        gone.remove(id);
        delete(journal(id));
    }

    private void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            log.warn("{} could not be deleted: {}", file, e.toString());
        }
    }

    // What an earlier life of this node left: uploads go on from what was durable, and everything else goes.
    private void load() throws IOException {
        try (DirectoryStream<Path> left = Files.newDirectoryStream(incoming)) {
            for (Path file : left) {
                String name = String.valueOf(file.getFileName());
                if (name.endsWith(JOURNAL)) {
                    load(name.substring(0, name.length() - JOURNAL.length()));
                }
            }
        }
        try (DirectoryStream<Path> left = Files.newDirectoryStream(incoming, "*{" + PART + ",.tmp}")) {
            for (Path file : left) {
                String name = String.valueOf(file.getFileName());
                if (!name.endsWith(PART) || !open.containsKey(name.substring(0, name.length() - PART.length()))) {
                    delete(file);
                }
            }
        }
        expire();
    }

    private void load(String id) {
        Properties said = new Properties();
        try {
            said.load(new StringReader(Files.readString(journal(id))));
            if (said.containsKey("gone")) {
                gone.put(id, new Gone(said.getProperty("gone"), Long.parseLong(said.getProperty("at"))));
                return;
            }
            Upload.Entry entry = new Upload.Entry(
                    id,
                    String.valueOf(said.getProperty("name")),
                    Long.parseLong(said.getProperty("size")),
                    Long.parseLong(said.getProperty("begun")),
                    Long.parseLong(said.getProperty("synced")));
            cut(part(id), entry.synced());
            open.put(id, new Upload(entry, part(id), room.found(entry.synced()), this));
        } catch (IOException | IllegalArgumentException e) {
            log.warn("upload {} cannot go on after the restart: {}", id, e.toString());
            remember(id, "the node restarted, and what had come was lost");
        }
    }

    // What came after the last sync may be anything.
    private static void cut(Path part, long synced) throws IOException {
        try (FileChannel file = FileChannel.open(part, StandardOpenOption.WRITE)) {
            if (file.size() < synced) {
                throw new IOException("it has " + file.size() + " bytes, not " + synced);
            }
            file.truncate(synced);
        } catch (NoSuchFileException e) {
            if (synced > 0) {
                throw e;
            }
        }
    }

    /** Nothing is lost: what is open goes on after the next start. */
    @Override
    public synchronized void close() {
        open.clear();
    }
}
