package dev.chord.core.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.message.Phase;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.RingSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** {@code step} takes any event in any state it can get into: replies that fit nothing, peers that lie, wrong ids. */
class StepPropertiesTest {
    /** Any seed; with -Dchord.seed=N that one alone, which replays a failure. */
    @Provide
    static Arbitrary<Long> seeds() {
        Long given = Long.getLong("chord.seed");
        return given == null ? Arbitraries.longs() : Arbitraries.just(given);
    }

    private static final RingSettings SETTINGS = new RingSettings(new IdentifierCircle(4), 3, 2, 2, 2);

    private final List<String> log = new ArrayList<>();

    @Property(tries = 400)
    void anyEventsLeaveAWellFormedState(@ForAll("seeds") long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        NodeState state = NodeState.outside(peer(random), SETTINGS);
        if (random.nextBoolean()) {
            state = Chord.step(state, new Event.Asked(1, new Command.Found(1))).state();
        }
        log.clear();
        for (int i = 0; i < 200; i++) {
            Event event = event(random, state);
            log.add(event.toString());
            Transition transition = Chord.step(state, event);
            assertThat(Chord.step(state, event)).as("step is a function").isEqualTo(transition);
            state = transition.state();
            check(state, seed);
            everySendHasItsPending(transition);
        }
    }

    private void check(NodeState state, long seed) {
        Identifier self = state.self().id();
        Identifier last = self;
        for (Peer entry : state.view().successors().entries()) {
            assertThat(Arc.strictlyBetween(last, entry.id(), self))
                    .as("seed %d, list %s after %s", seed, state.view().successors(), log)
                    .isTrue();
            last = entry.id();
        }
        assertThat(state.view().predecessor().map(Peer::id))
                .as("replay: mvn -pl chord-core test -Dtest=StepPropertiesTest -Dchord.seed=%d", seed)
                .isNotEqualTo(Optional.of(self));
        assertThat(state.view().fingers().peers().stream().map(Peer::id))
                .as("replay: mvn -pl chord-core test -Dtest=StepPropertiesTest -Dchord.seed=%d", seed)
                .doesNotContain(self);
        state.ownership().settled().ifPresent(arc -> assertThat(arc.to()).isEqualTo(self));
        assertThat(state.pending().values().stream()
                        .filter(Pending::maintenance)
                        .count())
                .as("maintenance in flight, seed %d", seed)
                .isLessThanOrEqualTo(1);
        assertThat(state.remembered().size()).isLessThanOrEqualTo(65);
        if (state.phase() == Phase.ISOLATED || state.phase() == Phase.OUTSIDE) {
            assertThat(state.ownership().settled())
                    .as("replay: mvn -pl chord-core test -Dtest=StepPropertiesTest -Dchord.seed=%d", seed)
                    .isEmpty();
        }
    }

    private static void everySendHasItsPending(Transition transition) {
        TreeSet<Long> sent = new TreeSet<>();
        for (Action action : transition.actions()) {
            if (action instanceof Action.Send send) {
                assertThat(sent.add(send.requestId())).isTrue();
                assertThat(transition.state().pending().contains(send.requestId()))
                        .isTrue();
            }
        }
    }

    private static Identifier id(SplittableRandom random) {
        return Identifier.of(random.nextInt(16));
    }

    private static Peer peer(SplittableRandom random) {
        int id = random.nextInt(16);
        Endpoint endpoint = new Endpoint("h" + random.nextInt(20), 1);
        return new Peer(Identifier.of(id), endpoint, "z", Identifier.of(id / 2), random.nextInt(3));
    }

    private static List<Peer> peers(SplittableRandom random) {
        List<Peer> result = new ArrayList<>();
        for (int n = random.nextInt(6); n > 0; n--) {
            result.add(peer(random));
        }
        return result;
    }

    private static Optional<Peer> maybe(SplittableRandom random) {
        return random.nextInt(3) == 0 ? Optional.empty() : Optional.of(peer(random));
    }

    private static Reply.Neighborhood neighborhood(SplittableRandom random, Peer about) {
        Phase phase = random.nextInt(3) != 0 ? Phase.MEMBER : Phase.values()[random.nextInt(Phase.values().length)];
        return new Reply.Neighborhood(
                about,
                phase,
                maybe(random),
                peers(random),
                random.nextBoolean(),
                random.nextBoolean(),
                random.nextBoolean() ? Optional.empty() : Optional.of(new Arc(id(random), id(random))),
                random.nextInt(50) - 5);
    }

    private static Reply reply(SplittableRandom random, NodeState state) {
        List<Peer> known = new ArrayList<>(state.view().successors().entries());
        state.view().predecessor().ifPresent(known::add);
        known.addAll(state.remembered().values());
        Peer about = known.isEmpty() || random.nextInt(4) == 0 ? peer(random) : known.get(random.nextInt(known.size()));
        return switch (random.nextInt(6)) {
            case 0 -> new Reply.Ack();
            case 1 -> new Reply.Refused("no");
            case 2, 3 -> new Reply.Step(neighborhood(random, about), peers(random));
            default -> neighborhood(random, about);
        };
    }

    private static Request request(SplittableRandom random) {
        return switch (random.nextInt(7)) {
            case 0 -> new Request.Ping();
            case 1 -> new Request.GetNeighborhood();
            case 2 -> new Request.FindStep(id(random), random.nextInt(40) - 10);
            case 3 -> new Request.JoinThrough(peer(random));
            case 4 -> new Request.PrepareLeave(random.nextBoolean(), random.nextBoolean());
            case 5 -> new Request.Departing(maybe(random), peers(random));
            default -> new Request.Notify(peer(random));
        };
    }

    private static Command command(SplittableRandom random) {
        return switch (random.nextInt(10)) {
            case 0 -> new Command.Found(1);
            case 1, 2 ->
                new Command.Join(peers(random).stream().map(Peer::endpoint).toList());
            case 3 -> new Command.Recover(peers(random));
            case 4 -> new Command.FindSuccessor(id(random));
            case 5 -> new Command.Leave();
            case 6 -> new Command.CancelLeave();
            case 7 -> new Command.Depart();
            case 8 -> new Command.StartGiving(new Arc(id(random), id(random)), peer(random), random.nextBoolean());
            default -> random.nextInt(4) == 0 ? new Command.Renounce() : new Command.StopGiving(random.nextBoolean());
        };
    }

    private static Event event(SplittableRandom random, NodeState state) {
        List<Long> pending = new ArrayList<>(state.pending().keys());
        long request = pending.isEmpty() || random.nextInt(10) == 0
                ? random.nextInt(100)
                : pending.get(random.nextInt(pending.size()));
        return switch (random.nextInt(12)) {
            case 0, 1 -> new Event.Tick(Event.Timer.values()[random.nextInt(3)]);
            case 2, 3 -> new Event.Received(random.nextLong(), maybe(random), request(random));
            case 4 -> new Event.Failed(request, new Event.Failure("x", random.nextBoolean()));
            case 5 -> new Event.Asked(random.nextInt(1000), command(random));
            case 6 ->
                new Event.ArcTaken(
                        state.taking().map(NodeState.Taking::attempt).orElse(3L),
                        Event.TakeOutcome.values()[random.nextInt(4)],
                        random.nextInt(5));
            default -> new Event.Answered(request, reply(random, state));
        };
    }
}
