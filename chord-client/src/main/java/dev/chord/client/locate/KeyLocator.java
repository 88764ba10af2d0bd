package dev.chord.client.locate;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.MalformedMessageException;
import dev.chord.client.wire.Outside;
import dev.chord.client.wire.RingCalls;
import dev.chord.client.wire.Time;
import dev.chord.client.wire.WireErrors;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.protocol.Lookup;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Finds the members that hold a key: from what earlier answers taught, or by an iterative lookup that this
 * client walks itself. Thread-safe.
 */
public final class KeyLocator {
    private static final int WIDTH = 3;
    private static final int MAX_KNOWN = 256;
    private static final int MAX_ARCS = 16_384;
    // Members in a row that make what was only heard worth keeping: three copies, and two to spare.
    private static final int ENOUGH = 5;
    private static final int BATCH = 4096;
    private static final Duration STEP_LIMIT = Duration.ofSeconds(1);
    private static final Duration SILENT_STEP_LIMIT = Duration.ofMillis(250); // of one that did not answer a moment ago
    private static final Duration WARY_STEP_LIMIT = Duration.ofMillis(500); // when another one did not
    private static final Duration MOMENT = Duration.ofSeconds(3);
    private static final Duration LOCATE_LIMIT = Duration.ofSeconds(5);

    private final RingCalls calls;
    private final Outside around;
    private final List<Endpoint> seeds;
    private final ArcCache cache;
    // members met, as places to begin at
    private final NavigableMap<Identifier, Peer> known = new ConcurrentSkipListMap<>();
    private final Map<Identifier, Long> silent = new ConcurrentHashMap<>(); // when a member last did not answer
    private final OwnTable table;
    private volatile boolean cutOff;

    public KeyLocator(Outside around, List<Endpoint> seeds) {
        this(around, seeds, key -> Optional.empty());
    }

    /**
     * @param table what this process knows of where keys are without asking anybody; fresher than what
     *     was learned
     */
    public KeyLocator(Outside around, List<Endpoint> seeds, Function<Identifier, Optional<Lookup.Result>> table) {
        this.around = around;
        this.cache = new ArcCache(MAX_ARCS, around.time());
        this.table = new OwnTable(table, around.time());
        this.calls = new RingCalls(around);
        this.seeds = List.copyOf(seeds);
    }

    /**
     * The key's owner and the members after it in ring order, from memory if possible.
     *
     * @throws ChordException UNREACHABLE if no member can be found, DEADLINE if time runs out
     */
    public List<Peer> chain(Identifier key, Duration limit) {
        return known(key).orElseGet(() -> lookup(key, limit).chain());
    }

    /** The same from memory alone. */
    public Optional<List<Peer>> known(Identifier key) {
        return knownPlace(key).map(Place::chain);
    }

    private Optional<Place> knownPlace(Identifier key) {
        return table.at(key).or(() -> cache.at(key).map(e -> new Place(e.arc(), e.chain())));
    }

    /**
     * An arc and who holds it, as far as is known.
     *
     * @param chain its owner and the members after it in ring order
     */
    public record Place(Arc arc, List<Peer> chain) {}

    /** Where a key is, with the arc that shares the answer; empty if nobody can tell in time. */
    public Optional<Place> place(Identifier key, Duration limit) {
        if (knownPlace(key).isEmpty()) {
            try {
                lookup(key, limit);
            } catch (ChordException e) {
                return Optional.empty();
            }
        }
        return knownPlace(key);
    }

    /**
     * Learns where many keys are with as few calls as possible: a member is asked what it knows of all that
     * is unknown here. What it cannot tell stays unknown, until it is looked up.
     */
    public void locate(Collection<Identifier> keys, Duration limit) {
        List<Identifier> unknown =
                keys.stream().filter(k -> knownPlace(k).isEmpty()).distinct().toList();
        if (unknown.size() <= 1) {
            return;
        }
        Peer member = Stream.concat(starts(unknown.get(0)).stream(), someMembers(limit).stream())
                .findFirst()
                .orElseThrow();
        Duration call = limit.compareTo(LOCATE_LIMIT) < 0 ? limit : LOCATE_LIMIT;
        for (int from = 0; from < unknown.size(); from += BATCH) {
            List<Identifier> some = unknown.subList(from, Math.min(unknown.size(), from + BATCH));
            try {
                calls.locate(member.endpoint(), some, call).forEach(place -> cache.hear(place.arc(), place.value()));
            } catch (StatusRuntimeException e) {
                if (e.getStatus().getCode() == Status.Code.UNAVAILABLE) {
                    avoid(member);
                }
                return; // lookups tell as well, one by one
            } catch (MalformedMessageException e) {
                return;
            }
        }
    }

    /**
     * Looks up again what was learned longest ago, before it is needed.
     *
     * @param budget bytes to send and receive, but for the last lookup
     * @param age what is younger is left alone
     * @return bytes spent
     */
    public long refresh(long budget, Duration age, Duration limit) {
        long before = calls.bytes();
        Optional<ArcCache.Entry> oldest = cache.oldest();
        while (oldest.isPresent()
                && calls.bytes() - before < budget
                && now() - oldest.get().learned() > age.toNanos()) {
            cache.evict(oldest.get());
            lookup(oldest.get().arc().to(), limit);
            oldest = cache.oldest();
        }
        return calls.bytes() - before;
    }

    /** What was remembered about the key proved wrong. */
    public void forget(Identifier key) {
        cache.forget(key);
        table.doubt(key);
    }

    /** The peer does not answer: nothing begins there any more. */
    public void avoid(Peer peer) {
        known.remove(peer.id(), peer);
        if (silent.size() >= MAX_KNOWN) {
            silent.clear();
        }
        silent.put(peer.id(), now());
    }

    /** Whether a peer did not answer a moment ago, and has not since. */
    public boolean isSilent(Peer peer) {
        Long since = silent.get(peer.id());
        return since != null && aMomentAgo(since);
    }

    private boolean aMomentAgo(long since) {
        return now() - since < MOMENT.toNanos();
    }

    /** Whether some peer did not answer a moment ago: then others may be gone too. */
    public boolean isWary() {
        return silent.values().stream().anyMatch(this::aMomentAgo);
    }

    /**
     * Whether no seed is in a ring, and one of those that have lost theirs has said so, when they were
     * last asked.
     */
    public boolean isCutOff() {
        return cutOff;
    }

    /** The same, asked now. */
    public boolean isCutOff(Duration limit) {
        try {
            seedPeers(now() + limit.toNanos());
        } catch (ChordException e) {
            return cutOff;
        }
        return false;
    }

    /** A peer that answered. */
    public void met(Peer peer) {
        silent.remove(peer.id());
        if (known.size() < MAX_KNOWN || known.containsKey(peer.id())) {
            known.put(peer.id(), peer);
        }
    }

    /**
     * Members to begin at: some that have answered before, or else those behind the seeds.
     *
     * @throws ChordException UNREACHABLE if none answers
     */
    public Collection<Peer> someMembers(Duration limit) {
        List<Peer> met = known.values().stream().limit(WIDTH).toList();
        return met.isEmpty() ? seedPeers(now() + limit.toNanos()) : met;
    }

    /** An iterative lookup, hop by hop; see {@link Lookup}. */
    public Lookup.Result lookup(Identifier key, Duration limit) {
        long end = now() + limit.toNanos();
        Lookup.Result result = walk(key, starts(key), end);
        if (result.chain().isEmpty()) {
            // Everything this client remembered may be gone: begin again where it began.
            known.clear();
            result = walk(key, seedPeers(end), end);
        }
        if (result.chain().isEmpty()) {
            throw new ChordException(
                    ErrorCode.UNREACHABLE,
                    "no member of the ring could tell who holds " + key.abbreviated() + "; asked " + troubles(result),
                    "the ring may be healing: try again");
        }
        Optional<Arc> arc = result.arc();
        if (arc.isPresent() && arc.get().contains(key)) {
            cache.learn(arc.get(), result.chain());
        }
        return result;
    }

    private static String troubles(Lookup.Result result) {
        List<String> lines = new ArrayList<>();
        result.route()
                .forEach(hop -> lines.add(hop.peer() + (hop.trouble().isEmpty() ? "" : " (" + hop.trouble() + ")")));
        return String.join(", ", lines);
    }

    private Collection<Peer> starts(Identifier key) {
        List<Peer> starts = new ArrayList<>(known.headMap(key, false).descendingMap().values().stream()
                .limit(2)
                .toList());
        if (starts.isEmpty()) {
            known.descendingMap().values().stream().limit(2).forEach(starts::add);
        }
        return starts;
    }

    private Collection<Peer> seedPeers(long end) {
        List<Seeds.Answer> answers =
                Seeds.ask(calls, seeds, remaining(end), at -> at.phase().routes());
        List<Peer> peers = new ArrayList<>();
        List<String> troubles = new ArrayList<>();
        boolean ringless = false;
        for (Seeds.Answer answer : answers) {
            Optional<Reply.Neighborhood> at = answer.at();
            boolean member = at.map(a -> a.phase().routes()).orElse(false);
            if (member) {
                at.ifPresent(a -> peers.add(a.self()));
            } else {
                ringless |= at.isPresent();
                troubles.add(answer.seed() + ": "
                        + at.map(a -> "in no ring now (" + a.phase() + ")")
                                .or(() -> answer.failure().map(ChordException::getMessage))
                                .orElse(""));
            }
        }
        cutOff = peers.isEmpty() && ringless;
        peers.forEach(this::met);
        if (peers.isEmpty()) {
            throw new ChordException(
                    ErrorCode.UNREACHABLE,
                    "no node answered as a member of a ring: " + String.join("; ", troubles),
                    "start one with 'chord up', or name another with --node");
        }
        return peers;
    }

    private record Answer(Peer peer, Optional<Reply.Step> step, String trouble) {}

    private Lookup.Result walk(Identifier key, Collection<Peer> starts, long end) {
        Lookup lookup = Lookup.from(key, IdentifierCircle.FULL, WIDTH, starts);
        Time.Inbox<Answer> answers = around.time().inbox();
        while (lookup.result().isEmpty()) {
            for (Peer peer : lookup.next()) {
                lookup = lookup.asked(peer);
                ask(peer, key, end, answers);
            }
            Answer answer = take(answers, end, key);
            if (answer.step().isPresent()) {
                met(answer.peer());
                hear(answer.step().get().at());
                lookup = lookup.answered(answer.peer(), answer.step().get());
            } else {
                avoid(answer.peer());
                lookup = lookup.failed(answer.peer(), answer.trouble());
            }
        }
        return lookup.result().orElseThrow();
    }

    // Each answer names members in a row, and so their arcs.
    private void hear(Reply.Neighborhood at) {
        List<Peer> row = new ArrayList<>(at.successors());
        if (at.wholeRing()) {
            row.add(at.self());
        }
        Peer before = at.self();
        for (int i = 0; i < row.size(); i++) {
            List<Peer> chain = new ArrayList<>(row.subList(i, row.size()));
            if (at.wholeRing()) {
                chain.addAll(row.subList(0, i));
            }
            if (chain.size() < ENOUGH && !at.wholeRing()) {
                return;
            }
            cache.hear(new Arc(before.id(), row.get(i).id()), chain);
            before = row.get(i);
        }
    }

    private void ask(Peer peer, Identifier key, long end, Time.Inbox<Answer> answers) {
        Duration most = isSilent(peer) ? SILENT_STEP_LIMIT : isWary() ? WARY_STEP_LIMIT : STEP_LIMIT;
        Duration limit = remaining(end).compareTo(most) < 0 ? remaining(end) : most;
        Request step = new Request.FindStep(key, Lookup.ALTERNATIVES);
        var future = calls.start(peer.endpoint(), Optional.of(peer.id()), step, limit);
        future.addListener(() -> answers.add(outcome(peer, future)), Runnable::run);
    }

    private static Answer outcome(Peer peer, Future<Reply> future) {
        try {
            if (future.get() instanceof Reply.Step step) {
                return new Answer(peer, Optional.of(step), "");
            }
            return new Answer(peer, Optional.empty(), "answered something else");
        } catch (ExecutionException e) {
            String trouble = e.getCause() instanceof MalformedMessageException malformed
                    ? "answered " + malformed.getMessage()
                    : WireErrors.describe(Status.fromThrowable(e));
            return new Answer(peer, Optional.empty(), trouble);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Answer(peer, Optional.empty(), "interrupted");
        }
    }

    private Answer take(Time.Inbox<Answer> answers, long end, Identifier key) {
        return around.await()
                .next(answers, end - now())
                .orElseThrow(() -> new ChordException(
                        ErrorCode.DEADLINE,
                        "the lookup of " + key.abbreviated() + " did not end in time",
                        "give more --timeout"));
    }

    private long now() {
        return around.time().nanos();
    }

    private Duration remaining(long end) {
        return Duration.ofNanos(Math.max(1_000_000, end - now()));
    }
}
