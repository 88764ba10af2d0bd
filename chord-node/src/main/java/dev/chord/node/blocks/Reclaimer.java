package dev.chord.node.blocks;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.chord.client.content.FileManifest;
import dev.chord.client.error.ChordException;
import dev.chord.client.locate.KeyLocator;
import dev.chord.client.transfer.BlockClient;
import dev.chord.client.wire.PeerChannels;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.node.loop.NodeLoop;
import dev.chord.node.store.NameFilter;
import dev.chord.node.store.NameIndex;
import dev.chord.node.store.NodeStore;
import dev.chord.node.store.RecordStore;
import dev.chord.proto.v1.NameValue;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RenewBlocksRequest;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the blocks that names need and lets the others go. Nobody counts references: each owner of names says now and then to
 * the holders of their blocks that these are needed, and a block for which nobody has said so for a lease goes. When a name is
 * removed, or comes to stand for another file, its old blocks are condemned: their lease becomes short, but long enough for every
 * other name that needs them to say so. An upload that shares blocks with a deleted file renews them by putting them.
 *
 * <p>Leases run only while this node is a settled member: a node that was away does not let go of what nobody could renew.
 */
public final class Reclaimer {
    private static final Logger log = LoggerFactory.getLogger(Reclaimer.class);
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final int PAGE = 500;
    private static final int BATCH = 2000;
    private static final int REMEMBERED_CHUNKS = 200_000;
    private static final int CHANGES = 100_000;
    private static final int TRIES = 10;

    private final NodeLoop loop;
    private final NodeStore store;
    private final PeerChannels channels;
    private final Endpoint here;
    private final CopyMover mover;
    private final Cache<Identifier, List<Identifier>> manifests = CacheBuilder.newBuilder()
            .maximumWeight(REMEMBERED_CHUNKS)
            .weigher((Identifier content, List<Identifier> chunks) -> 1 + chunks.size())
            .build();
    private final AtomicBoolean settling = new AtomicBoolean();
    private final BlockingQueue<Change> changes = new LinkedBlockingQueue<>(CHANGES);
    private final BlockingQueue<Change> again = new LinkedBlockingQueue<>(CHANGES);
    private Optional<Long> settledSince = Optional.empty();

    public Reclaimer(NodeLoop loop, NodeStore store, PeerChannels channels, Endpoint here, CopyMover mover) {
        this.loop = loop;
        this.store = store;
        this.channels = channels;
        this.here = here;
        this.mover = mover;
    }

    /** Speaks for every name this node owns, and then lets go of what nobody here or elsewhere has spoken for. */
    public synchronized void round(long nanos) {
        if (!settled()) {
            settledSince = Optional.empty();
            return;
        }
        // A round that had read the name before it changed may have spoken for the blocks after they were condemned.
        List<Change> once = new ArrayList<>();
        again.drainTo(once);
        once.forEach(this::offer);
        settleChanges();
        renewAll();
        long since = settledSince.orElse(nanos);
        settledSince = Optional.of(nanos);
        int gone = store.blocks().reclaim(Duration.ofNanos(nanos - since));
        if (gone > 0) {
            log.info("{} blocks went that no name needs any more", gone);
        }
    }

    /** Names whose time has come are treated as removed; see {@link RecordStore#purge}. */
    public void expire() {
        for (Record record : store.records().expiredNames()) {
            if (loop.owner(WireCodec.in(record.getKey())).isPresent()) {
                replaced(record, record.toBuilder().setDeleted(true).build());
            }
        }
        settleChanges();
        store.records().purge();
    }

    private boolean settled() {
        return loop.inRing()
                && loop.states().stream().allMatch(s -> s.ownership().settled().isPresent());
    }

    private void renewAll() {
        Renewal renewal = new Renewal(false);
        for (NodeState state : loop.states()) {
            state.ownership().settled().ifPresent(arc -> renewArc(arc, renewal));
        }
        renewal.send();
    }

    private void renewArc(Arc arc, Renewal renewal) {
        NameIndex names = store.records().names();
        NameIndex.Query all = NameIndex.Query.of(NameFilter.ALL, arc);
        String after = "";
        for (List<Record> page = names.page(all, after, PAGE); !page.isEmpty(); page = names.page(all, after, PAGE)) {
            page.forEach(record -> value(record).ifPresent(value -> renewal.add(value)));
            after = page.get(page.size() - 1).getLabel();
        }
    }

    /** A name as it was and as it is; how often that could not be told to everybody. */
    private record Change(Record before, Record now, int failures) {}

    /**
     * A name this node owns has been written: what it stood for is condemned at the next {@link #settleChanges}.
     *
     * @param before what it stood for until now
     */
    public void replaced(Record before, Record now) {
        offer(new Change(before, now, 0));
    }

    private void offer(Change change) {
        if (change.failures() > TRIES || !changes.offer(change)) {
            log.debug("what '{}' stood for stays for a lease", change.before().getLabel());
        }
    }

    /** Condemns what names stood for, and then speaks for what they stand for now; not while that is going on already. */
    public void settleChanges() {
        if (settling.compareAndSet(false, true)) {
            try {
                settle();
            } finally {
                settling.set(false);
            }
        }
    }

    private void settle() {
        List<Change> batch = new ArrayList<>();
        changes.drainTo(batch);
        if (batch.isEmpty()) {
            return;
        }
        Renewal condemned = new Renewal(true);
        Map<String, NameValue> current = new LinkedHashMap<>();
        for (Change change : batch) {
            String name = change.now().getLabel();
            current.remove(name);
            Optional<NameValue> now = change.now().getDeleted() ? Optional.empty() : value(change.now());
            now.ifPresent(value -> current.put(name, value));
            value(change.before())
                    .filter(old -> now.isEmpty() || !now.get().getContent().equals(old.getContent()))
                    .ifPresent(condemned::add);
        }
        condemned.send();
        for (Change change : batch) {
            if (change.failures() == 0 || !condemned.toldAll) {
                again.offer(new Change(change.before(), change.now(), change.failures() + 1));
            }
        }
        Renewal renewed = new Renewal(false);
        current.values().forEach(renewed::add);
        renewed.send();
    }

    private static Optional<NameValue> value(Record record) {
        try {
            NameValue value = NameValue.parseFrom(record.getValue());
            return value.getContent().size() == Identifier.BYTES ? Optional.of(value) : Optional.empty();
        } catch (InvalidProtocolBufferException e) {
            return Optional.empty();
        }
    }

    private List<Identifier> chunks(Identifier content, BlockClient client) {
        List<Identifier> known = manifests.getIfPresent(content);
        if (known != null) {
            return known;
        }
        try {
            List<Identifier> chunks =
                    FileManifest.parse(manifest(content, client)).chunks();
            manifests.put(content, chunks);
            return chunks;
        } catch (ChordException e) {
            log.debug("manifest {} cannot be read now: {}", content.abbreviated(), e.getMessage());
            return List.of();
        }
    }

    private ByteBuffer manifest(Identifier content, BlockClient client) {
        Optional<ByteBuffer> here = store.blocks().get(content);
        return here.isPresent()
                ? here.get()
                : client.get(content, List.of(), "", LIMIT).data();
    }

    /** What is to be told to whom, in batches. */
    private final class Renewal {
        private record Receiver(Peer peer, int copies) {}

        private final boolean condemned;
        // a fresh one: whoever has come into a chain since must hear of it too
        private final KeyLocator locator = new KeyLocator(channels, List.of(here));
        private final Map<Receiver, List<Identifier>> waiting = new LinkedHashMap<>();
        private boolean toldAll = true;

        Renewal(boolean condemned) {
            this.condemned = condemned;
        }

        // The manifest, and what it names; the chunks of a shared file lie with its sharer.
        void add(NameValue value) {
            Identifier content = WireCodec.in(value.getContent());
            add(content, value.getCopies());
            if (!value.getShared()) {
                chunks(content, new BlockClient(channels, locator)).forEach(d -> add(d, value.getCopies()));
            }
        }

        // All of the chain is told: copies beyond the usual number lie further on, and who has none does not mind.
        private void add(Identifier digest, int copies) {
            try {
                for (Peer peer : locator.chain(digest, LIMIT)) {
                    Receiver receiver = new Receiver(peer, copies);
                    List<Identifier> list = waiting.computeIfAbsent(receiver, r -> new ArrayList<>());
                    list.add(digest);
                    if (list.size() >= BATCH) {
                        send(receiver, list);
                        list.clear();
                    }
                }
            } catch (ChordException e) {
                toldAll = false;
                log.debug("block {} is not renewed now: {}", digest.abbreviated(), e.getMessage());
            }
        }

        void send() {
            waiting.forEach(this::send);
            waiting.clear();
        }

        private void send(Receiver receiver, List<Identifier> digests) {
            if (digests.isEmpty()) {
                return;
            }
            RenewBlocksRequest.Builder request =
                    RenewBlocksRequest.newBuilder().setCopies(receiver.copies()).setCondemned(condemned);
            digests.forEach(d -> request.addDigests(WireCodec.out(d)));
            try {
                mover.renew(receiver.peer(), request.build());
            } catch (ChordException e) {
                toldAll = false;
                log.debug("{} hears next time which blocks are needed: {}", receiver.peer(), e.getMessage());
                digests.forEach(locator::forget);
            }
        }
    }
}
