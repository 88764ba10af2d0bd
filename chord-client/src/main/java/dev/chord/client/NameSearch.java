package dev.chord.client;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.MalformedMessageException;
import dev.chord.client.wire.RecordChecks;
import dev.chord.client.wire.WireCodec;
import dev.chord.client.wire.WireErrors;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.Sweep;
import dev.chord.core.ring.Peer;
import dev.chord.proto.v1.ListNamesReply;
import dev.chord.proto.v1.ListNamesRequest;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordKind;
import dev.chord.proto.v1.RecordServiceGrpc;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * One search of the whole ring: a {@link Sweep} in which every member lists the names of its arc while it is
 * asked, several members at a time. What was not answered for is asked for again, for as long as there is
 * patience, and that alone. Ends all calls when whoever reads the names has enough.
 */
final class NameSearch {
    private static final int WIDTH = 16;
    private static final int MAX_ARCS = 32;
    private static final Duration FIRST_WORD = Duration.ofSeconds(2); // a member that takes longer is called silent
    private static final long LOOK_MILLIS = 50;
    private static final long PAUSE_MILLIS = 100;

    private final Ring.Parts parts;
    private final Supplier<Collection<Peer>> starts;
    private final Query query;
    private final Set<String> told = ConcurrentHashMap.newKeySet();
    private final List<Arc> answered = new ArrayList<>();
    private final Set<Peer> silentPeers = new HashSet<>();
    private final Map<Identifier, Asking> asking = new HashMap<>();
    private final Map<Identifier, Long> totals = new TreeMap<>();
    private Optional<ChordException> unanswerable = Optional.empty(); // what a member said of the question

    /**
     * Names to be found, and who is told of each of them as its owner answers, from several threads.
     *
     * @param limit the first so many in order after {@code after}, from each owner; 0: all
     * @param patience how long to ask again those parts of the ring that did not answer
     * @param deadline within which each member ends
     */
    record Query(
            String prefix,
            String pattern,
            String after,
            int limit,
            Duration patience,
            Duration deadline,
            Consumer<Record> found) {}

    /** A member that is being asked. */
    private static final class Asking {
        private final Context.CancellableContext context = Context.ROOT.withCancellation();
        private volatile long began;
        private volatile boolean spoken;
        private volatile boolean late;

        boolean overdue() {
            return !spoken && began != 0 && System.nanoTime() - began > FIRST_WORD.toNanos();
        }
    }

    /** What one member is asked: names of these arcs; of the whole circle if there are none. */
    private record Part(List<Arc> within, ListNamesRequest request) {
        // what was not asked for is not believed
        boolean has(Record record) {
            return within.isEmpty() || within.stream().anyMatch(arc -> arc.contains(WireCodec.in(record.getKey())));
        }
    }

    NameSearch(Ring.Parts parts, Supplier<Collection<Peer>> starts, Query query) {
        this.parts = parts;
        this.starts = starts;
        this.query = query;
    }

    /** Searches; returns how much of the ring answered. */
    Coverage run() {
        long end = System.nanoTime() + query.patience().toNanos();
        Coverage coverage = sweep(List.of());
        while (!coverage.complete() && !isUnanswerable() && System.nanoTime() < end && pause()) {
            // an arc is changing hands, or a dead member's arc is not taken yet
            List<Arc> missing = coverage.missing();
            coverage = sweep(missing.size() > MAX_ARCS ? List.of() : missing);
        }
        if (isUnanswerable()) {
            throw unanswerable.orElseThrow();
        }
        return coverage;
    }

    // What one node says while others answer would only say something about that node.
    private boolean isUnanswerable() {
        return answered.isEmpty() && unanswerable.isPresent();
    }

    /** With a limit: how many names there are, by member. */
    Map<Identifier, Long> totals() {
        return totals;
    }

    private static boolean pause() {
        try {
            Thread.sleep(PAUSE_MILLIS);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private Coverage sweep(List<Arc> within) {
        Sweep sweep = new Sweep(starts.get());
        BlockingQueue<Runnable> events = new LinkedBlockingQueue<>();
        try {
            while (!sweep.done()) {
                for (Peer peer : sweep.next(WIDTH)) {
                    if (silentPeers.contains(peer)) {
                        sweep.failed(peer, "silent all through this search"); // it would be as long again
                    } else {
                        ask(sweep, peer, within, events);
                    }
                }
                Runnable event = events.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
                if (event != null) {
                    event.run();
                }
                asking.values().stream().filter(Asking::overdue).forEach(late -> {
                    late.late = true;
                    late.context.cancel(null);
                });
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ChordException(ErrorCode.UNFINISHED, "interrupted", "", e);
        } finally {
            asking.values().forEach(a -> a.context.cancel(null)); // whoever still lists stops
            asking.clear();
        }
        answered.addAll(sweep.covered());
        return Coverage.of(answered, silent(sweep), new Coverage.Effort(count(sweep), sweep.depth()));
    }

    private static int count(Sweep sweep) {
        return (int) sweep.visits().stream()
                .filter(v -> v.state() == Sweep.State.ANSWERED)
                .count();
    }

    private List<String> silent(Sweep sweep) {
        List<String> silent = new ArrayList<>();
        for (Sweep.Visit visit : sweep.visits()) {
            if (visit.state() == Sweep.State.SILENT) {
                silent.add(visit.peer() + ": " + visit.trouble());
            }
        }
        return silent;
    }

    private void ask(Sweep sweep, Peer peer, List<Arc> within, BlockingQueue<Runnable> events) {
        Asking call = new Asking();
        asking.put(peer.id(), call);
        ListNamesRequest.Builder request = ListNamesRequest.newBuilder()
                .setPrefix(query.prefix())
                .setPattern(query.pattern())
                .setAfter(query.after())
                .setLimit(query.limit())
                .setTarget(WireCodec.out(peer.id()));
        within.forEach(arc -> request.addWithin(WireCodec.out(arc)));
        parts.workers().execute(call.context.wrap(() -> {
            call.began = System.nanoTime();
            try {
                Optional<Arc> covered = read(sweep, peer, new Part(within, request.build()), call, events);
                events.add(() -> {
                    asking.remove(peer.id());
                    sweep.answered(peer, covered);
                });
            } catch (StatusRuntimeException | MalformedMessageException e) {
                ChordException error = WireErrors.fromStatus(e, peer.endpoint());
                events.add(() -> failed(sweep, peer, call, error));
            } catch (RuntimeException e) {
                events.add(
                        () -> { // the reader's own trouble ends the search
                            throw e;
                        });
            }
        }));
    }

    // The arc answered for, once all its names are told.
    private Optional<Arc> read(Sweep sweep, Peer peer, Part part, Asking call, BlockingQueue<Runnable> events) {
        Iterator<ListNamesReply> replies = parts.channels()
                .stub(RecordServiceGrpc::newBlockingStub, peer.endpoint(), query.deadline())
                .listNames(part.request());
        Optional<Arc> covered = Optional.empty();
        while (replies.hasNext()) {
            ListNamesReply reply = replies.next();
            call.spoken = true;
            if (reply.getKnownCount() > 0) {
                List<Peer> known =
                        reply.getKnownList().stream().map(WireCodec::in).toList();
                events.add(() -> sweep.named(peer, known));
            }
            for (Record record : reply.getRecordsList()) {
                // what no client could have written is passed over: it is no reason to end the list
                // for everybody
                boolean name = record.getKind() == RecordKind.RECORD_KIND_NAME && RecordChecks.isWhole(record);
                if (name && !record.getDeleted() && part.has(record) && told.add(record.getLabel())) {
                    query.found().accept(record);
                }
            }
            if (reply.hasCovered()) {
                covered = Optional.of(WireCodec.in(reply.getCovered()));
                events.add(() -> totals.merge(peer.id(), reply.getTotal(), Long::sum));
            }
        }
        return covered;
    }

    private void failed(Sweep sweep, Peer peer, Asking call, ChordException error) {
        asking.remove(peer.id());
        if (error.code() == ErrorCode.USAGE) {
            unanswerable = Optional.of(error);
        }
        if (call.late) {
            silentPeers.add(peer);
        }
        boolean gone = error.code() == ErrorCode.UNREACHABLE;
        if (gone || call.late) {
            parts.locator().avoid(peer);
        }
        sweep.failed(
                peer,
                call.late ? "no answer within " + FIRST_WORD.toSeconds() + " s" : String.valueOf(error.getMessage()));
    }
}
