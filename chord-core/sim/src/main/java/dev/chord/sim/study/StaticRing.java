package dev.chord.sim.study;

import dev.chord.core.check.RingOracle;
import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.Action;
import dev.chord.core.protocol.Chord;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.Event;
import dev.chord.core.protocol.Lookup;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Outcome;
import dev.chord.core.protocol.Transition;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.RingSettings;
import dev.chord.core.ring.RingView;
import dev.chord.core.ring.SuccessorList;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * A ring in its ideal state of which some members have just died and nobody has noticed: what lookups do
 * then, with the real {@link Chord#step}. A member's state is made when a lookup first comes by, so rings of
 * a million members fit.
 */
public final class StaticRing {
    private static final double SOON = 1e-6;

    private final List<Peer> peers = new ArrayList<>();
    private final List<Peer> live = new ArrayList<>();
    private final Set<Identifier> dead = new HashSet<>();
    private final RingOracle ideal;
    private final RingOracle survivors;
    private final Map<Identifier, NodeState> states = new HashMap<>();
    private final SplittableRandom random;
    private final RingSettings settings;
    private final boolean fingersOnly;

    /**
     * @param failed the share that died, 0 to 1
     * @param fingersOnly whether members know one successor only, as in the first papers' figures
     */
    public StaticRing(RingSettings settings, int members, double failed, boolean fingersOnly, long seed) {
        this.random = new SplittableRandom(seed);
        this.settings = settings;
        this.fingersOnly = fingersOnly;
        for (int i = 0; i < members; i++) {
            Identifier id = randomIdentifier(random);
            peers.add(new Peer(id, new Endpoint("n" + i, 1), "z", id, 1));
        }
        for (int i = 0; i < members; i++) {
            boolean dies = i < Math.round(failed * members);
            if (dies) {
                dead.add(peers.get(i).id());
            } else {
                live.add(peers.get(i));
            }
        }
        ideal = new RingOracle(peers, settings);
        survivors = dead.isEmpty() ? ideal : new RingOracle(live, settings);
    }

    /** How many others a member knows, on the average over those that lookups have come by. */
    public double links() {
        return states.values().stream()
                .mapToInt(state -> {
                    Set<Identifier> known = new HashSet<>();
                    state.view().successors().entries().forEach(p -> known.add(p.id()));
                    state.view().fingers().runs().values().forEach(p -> known.add(p.id()));
                    return known.size();
                })
                .average()
                .orElse(0);
    }

    /** The same ring for the papers' pseudocode, which knows the first 64 bits of an identifier. */
    public PaperRing paper() {
        long[] members = peers.stream().mapToLong(p -> firstBits(p.id())).toArray();
        Set<Long> gone = dead.stream().map(StaticRing::firstBits).collect(Collectors.toSet());
        return new PaperRing(members, gone, fingersOnly ? 1 : settings.successors());
    }

    static long firstBits(Identifier id) {
        return ByteBuffer.wrap(id.toBytes()).getLong();
    }

    /** Who is alive. */
    List<Peer> live() {
        return live;
    }

    static Identifier randomIdentifier(SplittableRandom random) {
        byte[] bytes = new byte[Identifier.BYTES];
        random.nextBytes(bytes);
        return Identifier.ofBytes(bytes);
    }

    /**
     * Many lookups of random keys by random survivors.
     *
     * @param hops members asked one after the other, up to the key's predecessor: the last hop, to the owner,
     *     not counted
     * @param hopsToOwner members asked up to the first whose list names the owner, and the hop to the owner:
     *     what the papers' 1/2 log2 N - 1/2 log2 r + 1 counts
     * @param timeouts dead members asked
     * @param waits timeouts waited for one after the other: those of calls in flight together count once
     * @param wrong answers whose first live member is not the key's live successor
     */
    public record Outcomes(
            Distribution hops,
            Distribution hopsToOwner,
            Distribution timeouts,
            Distribution waits,
            long wrong,
            long unanswered) {}

    public Outcomes lookups(int count) {
        Outcomes all =
                new Outcomes(new Distribution(), new Distribution(), new Distribution(), new Distribution(), 0, 0);
        long wrong = 0;
        long unanswered = 0;
        for (int i = 0; i < count; i++) {
            Identifier key = randomIdentifier(random);
            Ended ended = lookup(live.get(random.nextInt(live.size())), key);
            Lookup.Result result = ended.result();
            Optional<Peer> owner =
                    result.chain().stream().filter(p -> !dead.contains(p.id())).findFirst();
            unanswered += owner.isEmpty() ? 1 : 0;
            wrong += owner.isPresent() && !owner.get().equals(survivors.successor(key)) ? 1 : 0;
            all.hops().add(result.hops());
            all.hopsToOwner().add(hopsToOwner(result, owner));
            all.timeouts().add((int)
                    result.route().stream().filter(h -> !h.trouble().isEmpty()).count());
            all.waits().add(ended.waits());
        }
        return new Outcomes(all.hops(), all.hopsToOwner(), all.timeouts(), all.waits(), wrong, unanswered);
    }

    // Back along the way from the key's predecessor, as long as the lists on it name the owner.
    private int hopsToOwner(Lookup.Result result, Optional<Peer> owner) {
        Map<Identifier, Lookup.Hop> hops = new HashMap<>();
        result.route().forEach(hop -> hops.put(hop.peer().id(), hop));
        Optional<Lookup.Hop> at = result.predecessor().map(p -> hops.get(p.id()));
        int first = result.hops();
        while (at.isPresent() && owner.filter(list(at.get())::contains).isPresent()) {
            Lookup.Hop hop = at.get();
            first = hop.depth();
            at = hop.depth() == 0
                    ? Optional.empty()
                    : Optional.ofNullable(hops.get(hop.via().id()));
        }
        return first + 1;
    }

    private List<Peer> list(Lookup.Hop of) {
        return state(of.peer().id()).view().successors().entries();
    }

    /** Hops of one lookup, the last one not counted, to the first member whose list names the owner. */
    int hops(Peer from, Identifier key) {
        Lookup.Result result = lookup(from, key).result();
        Optional<Peer> owner =
                result.chain().stream().filter(p -> !dead.contains(p.id())).findFirst();
        return hopsToOwner(result, owner) - 1;
    }

    private record Ended(Lookup.Result result, int waits) {}

    private record Answer(double time, int order, Action.Send to) implements Comparable<Answer> {
        @Override
        public int compareTo(Answer other) {
            int byTime = Double.compare(time, other.time);
            return byTime != 0 ? byTime : Integer.compare(order, other.order);
        }
    }

    // In time: a call that nobody answers ends after 1, any other so soon that it does not count.
    private Ended lookup(Peer from, Identifier key) {
        Transition at = Chord.step(state(from.id()), new Event.Asked(1, new Command.FindSuccessor(key)));
        PriorityQueue<Answer> open = new PriorityQueue<>();
        double now = 0;
        int order = 0;
        while (true) {
            for (Action action : at.actions()) {
                if (action instanceof Action.Finish finish && finish.outcome() instanceof Outcome.LookedUp up) {
                    return new Ended(up.result(), (int) now);
                }
                if (action instanceof Action.Send send) {
                    boolean fails = dead.contains(send.target().orElseThrow());
                    open.add(new Answer(now + (fails ? 1 : SOON), order++, send));
                }
            }
            Answer next = open.remove();
            now = next.time();
            at = Chord.step(at.state(), end(next.to()));
        }
    }

    private Event end(Action.Send send) {
        Identifier target = send.target().orElseThrow();
        if (dead.contains(target)) {
            return new Event.Failed(send.requestId(), new Event.Failure("dead", false));
        }
        Transition asked = Chord.step(state(target), new Event.Received(1, Optional.empty(), send.request()));
        Action.Respond answer = (Action.Respond) asked.actions().get(0);
        return new Event.Answered(send.requestId(), answer.reply());
    }

    private NodeState state(Identifier id) {
        return states.computeIfAbsent(id, i -> {
            RingView view = ideal.view(ideal.successor(i));
            if (fingersOnly) {
                SuccessorList one = SuccessorList.empty(i, 1);
                view = view.withSuccessors(one.rebuilt(view.successors().entries()));
            }
            return NodeState.settled(settings, view);
        });
    }
}
