package dev.chord.node.share;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.chord.client.Reference;
import dev.chord.client.content.FileDigester;
import dev.chord.client.content.FileManifest;
import dev.chord.client.content.FileName;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.record.RecordClient;
import dev.chord.client.transfer.BlockClient;
import dev.chord.client.wire.Await;
import dev.chord.client.wire.ManifestCodec;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Identifier;
import dev.chord.core.name.Label;
import dev.chord.core.ring.Peer;
import dev.chord.node.store.SharedFileStore;
import dev.chord.node.store.SharedFileStore.SharedFile;
import dev.chord.proto.v1.NameValue;
import dev.chord.proto.v1.ProviderValue;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files shared in place. The ring gets the manifest, the name and a provider record with a lease; the bytes
 * stay where they are. Refreshes leases, and withdraws what has changed or vanished.
 */
public final class Sharing {
    private static final Logger log = LoggerFactory.getLogger(Sharing.class);
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final String WITHDRAWN = "withdrawn";
    private static final int REFRESHED_AT_ONCE = 8; // others' work goes first

    private final Peer self;
    private final SharedFileStore store;
    private final BlockClient blocks;
    private final RecordClient records;
    private final int replicas;
    private final Duration lease;
    private final ShareRoots roots;

    /** What sharing needs of the node. */
    public record Ring(Peer self, BlockClient blocks, RecordClient records, int replicas) {}

    public Sharing(Ring ring, SharedFileStore store, Duration lease, List<Path> roots) {
        this.roots = new ShareRoots(roots);
        this.self = ring.self();
        this.blocks = ring.blocks();
        this.records = ring.records();
        this.replicas = ring.replicas();
        this.store = store;
        this.lease = lease;
    }

    /** What may be shared. */
    public ShareRoots roots() {
        return roots;
    }

    /** Announces one regular file under a name; returns once it can be found. */
    public SharedFile share(Path path, String name) {
        String canonical = FileName.of(name);
        Path real = path.toAbsolutePath().normalize();
        try {
            FileDigester.Reading reading = FileDigester.read(real, (digest, data) -> {});
            FileManifest manifest = reading.manifest();
            long modified = reading.stamp().modified().toMillis();
            byte[] block = ManifestCodec.out(manifest);
            SharedFile file =
                    new SharedFile(real.toString(), canonical, Identifier.sha256(block), manifest.size(), modified, "");
            await(store.add(file, manifest));
            blocks.put(file.content(), block, replicas, LIMIT);
            announce(file);
            name(file);
            return file;
        } catch (IOException e) {
            throw new ChordException(ErrorCode.INTERNAL, "reading " + path + " failed: " + e, "check the disk", e);
        }
    }

    private void announce(SharedFile file) {
        ProviderValue value = ProviderValue.newBuilder()
                .setPeer(WireCodec.out(self))
                .setSize(file.size())
                .setName(file.name())
                .build();
        records.write(
                provider(file.content())
                        .setValue(value.toByteString())
                        .setLeaseMillis(lease.toMillis())
                        .build(),
                Optional.empty(),
                LIMIT);
    }

    private Record.Builder provider(Identifier content) {
        return Record.newBuilder()
                .setKey(WireCodec.out(content))
                .setKind(RecordKind.RECORD_KIND_PROVIDER)
                .setLabel(self.process().toHex());
    }

    // A name that already stands for this content keeps its version.
    private void name(SharedFile file) {
        Identifier key = Label.key(file.name());
        boolean same = records.read(key, RecordKind.RECORD_KIND_NAME, LIMIT).stream()
                .anyMatch(r -> r.getLabel().equals(file.name()) && !r.getDeleted() && stands(r, file.content()));
        if (!same) {
            NameValue value = NameValue.newBuilder()
                    .setContent(WireCodec.out(file.content()))
                    .setSize(file.size())
                    .setShared(true)
                    .build();
            records.write(
                    Record.newBuilder()
                            .setKey(WireCodec.out(key))
                            .setKind(RecordKind.RECORD_KIND_NAME)
                            .setLabel(file.name())
                            .setValue(value.toByteString())
                            .build(),
                    Optional.empty(),
                    LIMIT);
        }
    }

    private static boolean stands(Record record, Identifier content) {
        return value(record)
                .map(v -> WireCodec.in(v.getContent()).equals(content))
                .orElse(false);
    }

    private static Optional<NameValue> value(Record record) {
        try {
            return Optional.of(NameValue.parseFrom(record.getValue()));
        } catch (InvalidProtocolBufferException e) {
            return Optional.empty();
        }
    }

    /**
     * A file that is shared no longer.
     *
     * @param told whether the ring knows; if not it is told when it answers again
     */
    public record Withdrawn(String name, boolean told) {}

    /**
     * Withdraws shared files.
     *
     * @param ref a name, a path, a content id or the beginning of one
     * @return what was withdrawn
     * @throws ChordException NOT_FOUND if nothing here is shared as that
     */
    public List<Withdrawn> unshare(String ref) {
        Reference reference = Reference.of(ref);
        List<SharedFile> meant = store.all().stream()
                .filter(file -> reference.mayBe(file.content()))
                .toList();
        if (meant.isEmpty() && !reference.mustBeId()) {
            meant = store.all().stream()
                    .filter(file -> isMeant(file, ref) || isNamed(file, reference.name()))
                    .toList();
        }
        if (meant.isEmpty()) {
            throw new ChordException(
                    ErrorCode.NOT_FOUND, "'" + ref + "' is not shared by this node", "see 'chord share'");
        }
        return AtOnce.each(meant, AtOnce.MOST, file -> 1, file -> {
            await(store.mark(file.path(), WITHDRAWN)); // from here on it is not served, whatever happens
            return new Withdrawn(file.name(), told(file));
        });
    }

    private static boolean isMeant(SharedFile file, String ref) {
        return file.path().equals(ref) || file.path().startsWith(ref + "/");
    }

    private static boolean isNamed(SharedFile file, String name) {
        return file.name().equals(name) || file.name().startsWith(name + "/");
    }

    // Until the ring has heard it the note stays on disk, and is tried again at every refresh.
    private boolean told(SharedFile file) {
        try {
            withdraw(file);
            await(store.remove(file.path()));
            return true;
        } catch (ChordException e) {
            log.warn("'{}' is withdrawn here, the ring hears of it later: {}", file.name(), e.getMessage());
            return false;
        }
    }

    // The provider record goes, unless the same content is shared from another path here; the name goes if no
    // other node has the file and it was never put on the ring.
    private void withdraw(SharedFile file) {
        if (!store.has(file.content())) {
            records.write(provider(file.content()).setDeleted(true).build(), Optional.empty(), LIMIT);
        }
        boolean othersHave = records.read(file.content(), RecordKind.RECORD_KIND_PROVIDER, LIMIT).stream()
                .anyMatch(r ->
                        !r.getDeleted() && !r.getLabel().equals(self.process().toHex()));
        Identifier key = Label.key(file.name());
        boolean ours = records.read(key, RecordKind.RECORD_KIND_NAME, LIMIT).stream()
                .filter(r -> r.getLabel().equals(file.name()) && !r.getDeleted() && stands(r, file.content()))
                .anyMatch(r -> value(r).map(NameValue::getShared).orElse(false));
        if (ours && !othersHave) {
            records.write(
                    Record.newBuilder()
                            .setKey(WireCodec.out(key))
                            .setKind(RecordKind.RECORD_KIND_NAME)
                            .setLabel(file.name())
                            .setDeleted(true)
                            .build(),
                    Optional.empty(),
                    LIMIT);
        }
    }

    /** Renews the leases of what is still as it was, and withdraws the rest. */
    public void refresh() {
        AtOnce.each(store.all(), REFRESHED_AT_ONCE, file -> 1, this::refresh);
    }

    // Whether the ring has been told.
    private boolean refresh(SharedFile file) {
        try {
            String trouble = file.trouble().isEmpty() ? look(file) : file.trouble();
            if (trouble.equals(WITHDRAWN)) {
                return told(file);
            } else if (trouble.isEmpty()) {
                announce(file);
            } else if (file.trouble().isEmpty()) {
                noticed(file.path(), trouble);
            }
            return true;
        } catch (ChordException e) {
            log.warn("'{}' was not announced again: {}", file.name(), e.getMessage());
            return false;
        }
    }

    private static String look(SharedFile file) {
        try {
            Path path = Path.of(file.path());
            boolean same = Files.size(path) == file.size()
                    && Files.getLastModifiedTime(path).toMillis() == file.modified();
            return same ? "" : "has changed since it was shared";
        } catch (IOException e) {
            return "is gone";
        }
    }

    /** A shared file turned out not to be what it was: it is not served any more, and the ring is told. */
    public void noticed(String path, String trouble) {
        log.warn("shared file {} {}: withdrawn", path, trouble);
        await(store.mark(path, trouble));
        store.byPath(path).ifPresent(file -> {
            try {
                withdraw(file);
            } catch (ChordException e) {
                log.warn("'{}' is still listed until its lease ends: {}", file.name(), e.getMessage());
            }
        });
    }

    public List<SharedFile> all() {
        return store.all();
    }

    private static <T> T await(CompletableFuture<T> future) {
        return Await.REAL.of(future, LIMIT, "the disk");
    }
}
