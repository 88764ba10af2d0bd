package dev.chord.node.rpc;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.DaemonThreads;
import dev.chord.client.wire.MalformedMessageException;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.NodeState;
import dev.chord.node.loop.NodeLoop;
import dev.chord.node.store.RecordStore;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordKind;
import dev.chord.proto.v1.WatchNamesReply;
import dev.chord.proto.v1.WatchNamesRequest;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells watchers what becomes of the names of an arc, out of the store's log of changes: each watcher is at
 * its own place in that log, so a slow one costs no memory and holds nobody up.
 */
public final class NameFeed implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(NameFeed.class);
    private static final int MAX_WATCHERS = 256;
    private static final int PAGE = 500;
    private static final long GATHER_MILLIS = 10; // changes that come together are told together
    private static final long BEAT_MILLIS = 1000;

    private final NodeLoop loop;
    private final RecordStore store;
    private final long life;
    private final Set<Watcher> watchers = ConcurrentHashMap.newKeySet();
    private final FairRoom room = new FairRoom(MAX_WATCHERS);
    private final AtomicBoolean due = new AtomicBoolean();
    private final ScheduledExecutorService teller =
            Executors.newSingleThreadScheduledExecutor(DaemonThreads.named("chord-names"));

    /** @param life tells this start of the process from others */
    public NameFeed(NodeLoop loop, RecordStore store, long life) {
        this.loop = loop;
        this.store = store;
        this.life = life;
        store.onChange(this::changed);
        teller.scheduleWithFixedDelay(this::beat, BEAT_MILLIS, BEAT_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Records or arcs have changed; takes no time. */
    public void changed() {
        if (!watchers.isEmpty() && due.compareAndSet(false, true)) {
            try {
                teller.schedule(this::tellAll, GATHER_MILLIS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                log.debug("closed");
            }
        }
    }

    private void tellAll() {
        due.set(false);
        watchers.forEach(w -> w.tell(false));
    }

    // So that a reader can tell silence from a node that is stuck; and in case a change of arcs went
    // by unnoticed.
    private void beat() {
        watchers.forEach(w -> w.tell(true));
    }

    /** Begins to tell one; to be called on the thread that the call came in on. */
    void watch(WatchNamesRequest request, ServerCallStreamObserver<WatchNamesReply> out) {
        try {
            Watcher watcher = new Watcher(request, out);
            if (!room.take(watcher.caller, 1)) {
                throw new ChordException(ErrorCode.UNFINISHED, "too many watch this node already", "ask again later");
            }
            out.setOnCancelHandler(() -> forget(watcher));
            out.setOnReadyHandler(this::changed);
            watchers.add(watcher);
            teller.execute(() -> watcher.tell(false));
        } catch (ChordException | MalformedMessageException | RejectedExecutionException e) {
            out.onError(Answers.status(e));
        }
    }

    private void forget(Watcher watcher) {
        if (watchers.remove(watcher)) {
            room.give(watcher.caller, 1);
        }
    }

    /** One that watches; touched by the teller's thread alone. */
    private final class Watcher {
        private final Object caller = CallRoom.caller();
        private final Identifier target;
        private final String prefix;
        private final ServerCallStreamObserver<WatchNamesReply> out;
        private final Optional<Arc> seen; // the arc that it has seen up to the position
        private long position;
        private Optional<Arc> arc = Optional.empty();
        private boolean current;

        Watcher(WatchNamesRequest request, ServerCallStreamObserver<WatchNamesReply> out) {
            this.target = WireCodec.in(request.getTarget());
            this.prefix = request.getPrefix();
            this.out = out;
            this.seen = request.getLife() == life && request.hasArc()
                    ? Optional.of(WireCodec.in(request.getArc()))
                    : Optional.empty();
            this.position = request.getSince();
        }

        void tell(boolean beat) {
            if (!watchers.contains(this)) {
                return;
            }
            try {
                NodeState member = NameLister.member(loop, target);
                Optional<Arc> now = member.ownership().settled();
                boolean first = arc.isEmpty();
                if (first) {
                    begin(member, now);
                }
                if (now.isEmpty() || !now.equals(arc)) {
                    end(); // the reader begins anew with whoever answers for it now
                } else {
                    tellChanges(beat && !first);
                }
            } catch (RuntimeException e) {
                forget(this);
                fail(e);
            }
        }

        // Whatever it is, the other watchers are not to suffer from it.
        private void fail(RuntimeException why) {
            try {
                out.onError(Answers.status(why));
            } catch (RuntimeException e) {
                log.debug("a watcher has gone", e);
            }
        }

        private void begin(NodeState member, Optional<Arc> now) {
            arc = now;
            // of what has come to the arc since it knows nothing, whatever the position
            if (now.isEmpty() || !seen.map(s -> s.covers(now.get())).orElse(false)) {
                position = 0;
            }
            WatchNamesReply.Builder reply =
                    reply().addAllKnown(WireCodec.out(member.view().known()));
            now.ifPresent(a -> reply.setArc(WireCodec.out(a)));
            out.onNext(reply.build());
        }

        private WatchNamesReply.Builder reply() {
            return WatchNamesReply.newBuilder().setPosition(position).setLife(life);
        }

        private void end() {
            forget(this);
            out.onCompleted();
        }

        private void tellChanges(boolean beat) {
            boolean said = false;
            while (out.isReady()) {
                RecordStore.Page page = store.position() == position
                        ? new RecordStore.Page(List.of(), position)
                        : store.changes(arc.orElseThrow(), position, PAGE);
                if (page.records().isEmpty()) {
                    if (!current || beat && !said) {
                        current = true;
                        out.onNext(reply().setCurrent(true).build());
                    }
                    return;
                }
                position = page.position();
                List<Record> names = page.records().stream().filter(this::meant).toList();
                said |= !names.isEmpty();
                if (!names.isEmpty()) {
                    out.onNext(reply().addAllRecords(names).build());
                }
            }
        }

        private boolean meant(Record record) {
            return record.getKind() == RecordKind.RECORD_KIND_NAME
                    && record.getLabel().startsWith(prefix);
        }
    }

    @Override
    public void close() {
        teller.shutdownNow();
        watchers.clear();
    }
}
