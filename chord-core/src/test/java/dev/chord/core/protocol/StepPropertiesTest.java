package dev.chord.core.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.message.Phase;
import dev.chord.core.message.Reply;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.PeerSet;
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

/**
 * {@code step} takes any event in any state it can get into: replies that fit nothing, peers that lie,
 * wrong ids.
 */
class StepPropertiesTest {
    /** Any seed; with -Dchord.seed=N that one alone, which replays a failure. */
    @Provide
    static Arbitrary<Long> seeds() {
        Long given = Long.getLong("chord.seed");
        return given == null ? Arbitraries.longs() : Arbitraries.just(given);
    }

    private static final RingSettings SETTINGS = new RingSettings(new IdentifierCircle(4), 3, 2, 2, 2);

    // with a table of all members in half of the cases
    private static RingSettings settings(SplittableRandom random) {
        return random.nextBoolean() ? SETTINGS : SETTINGS.withOneHop();
    }

    private final List<String> log = new ArrayList<>();

    @Property(tries = 400)
    void anyEventsLeaveAWellFormedState(@ForAll("seeds") long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        NodeState state = NodeState.outside(RandomEvents.peer(random), settings(random));
        if (random.nextBoolean()) {
            state = Chord.step(state, new Event.Asked(1, new Command.Found(1))).state();
        }
        log.clear();
        for (int i = 0; i < 200; i++) {
            Event event = RandomEvents.event(random, state, i);
            log.add(event.toString());
            Transition transition = Chord.step(state, event);
            assertThat(Chord.step(state, event)).as("step is a function").isEqualTo(transition);
            state = transition.state();
            check(state, seed);
            everySendHasItsPending(transition);
        }
    }

    @Property(tries = 2_000)
    void aStepKeepsWhatItPromises(@ForAll("seeds") long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        NodeState state = NodeState.outside(RandomEvents.peer(random), settings(random));
        TreeSet<Long> open = new TreeSet<>();
        for (int i = 0; i < 200; i++) {
            Event event = RandomEvents.event(random, state, i);
            Transition transition = Chord.step(state, event);
            String what = "replay: mvn -pl chord-core test -Dtest=StepPropertiesTest -Dchord.seed=" + seed + "; "
                    + event + "\n  in " + state + "\n";
            assertThat(transition).as("the short way: %s", what).isEqualTo(Chord.whole(state, event));
            everyQuestionIsAnsweredAtOnce(event, transition, what);
            everyCommandEndsOnce(open, event, transition, what);
            allThatChangesIsReported(state, transition, what);
            whoeverAnsweredIsNotMissed(state, event, transition, what);
            if (transition.state().equals(state) && !(event instanceof Event.Asked)) {
                assertThat(transition.state()).as("not made anew: %s", what).isSameAs(state);
            }
            state = transition.state();
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
        PeerSet table = state.view().roster().peers();
        assertThat(table.size() == 0 || table.contains(self))
                .as("replay: mvn -pl chord-core test -Dtest=StepPropertiesTest -Dchord.seed=%d", seed)
                .isTrue();
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

    private static void everyQuestionIsAnsweredAtOnce(Event event, Transition transition, String what) {
        List<Long> answered = new ArrayList<>();
        for (Action action : transition.actions()) {
            if (action instanceof Action.Respond respond) {
                answered.add(respond.ticket());
            }
        }
        List<Long> asked = event instanceof Event.Received received ? List.of(received.ticket()) : List.of();
        assertThat(answered).as(what).isEqualTo(asked);
    }

    // A command is at its end, or the state knows of it.
    private static void everyCommandEndsOnce(TreeSet<Long> open, Event event, Transition transition, String what) {
        if (event instanceof Event.Asked asked) {
            open.add(asked.commandId());
        }
        for (Action action : transition.actions()) {
            if (action instanceof Action.Finish finish) {
                assertThat(open.remove(finish.commandId())).as(what).isTrue();
            }
        }
        NodeState state = transition.state();
        TreeSet<Long> known = new TreeSet<>();
        state.joining().flatMap(NodeState.Joining::command).ifPresent(known::add);
        state.leaving().map(NodeState.Leaving::command).ifPresent(known::add);
        for (NodeState.OngoingLookup lookup : state.lookups().values()) {
            if (lookup.purpose() instanceof NodeState.Purpose.ForCommand forCommand) {
                known.add(forCommand.command());
            }
        }
        assertThat(known).as(what).isEqualTo(open);
    }

    private static void allThatChangesIsReported(NodeState before, Transition transition, String what) {
        NodeState after = transition.state();
        List<Fact> expected = new ArrayList<>();
        if (before.phase() != after.phase()) {
            expected.add(new Fact.PhaseChanged(before.phase(), after.phase()));
        }
        List<Peer> listBefore = before.view().successors().entries();
        List<Peer> listAfter = after.view().successors().entries();
        if (!listBefore.equals(listAfter)) {
            expected.add(new Fact.SuccessorsChanged(listBefore, listAfter));
        }
        Optional<Peer> predecessor = before.view().predecessor();
        if (!predecessor.equals(after.view().predecessor())) {
            expected.add(new Fact.PredecessorChanged(predecessor, after.view().predecessor()));
        }
        Optional<Arc> owned = before.ownership().settled();
        if (!owned.equals(after.ownership().settled())) {
            expected.add(new Fact.OwnershipChanged(owned, after.ownership().settled()));
        }
        List<Fact> reported = new ArrayList<>();
        for (Action action : transition.actions()) {
            if (action instanceof Action.Report report) {
                if (report.fact() instanceof Fact.PeerPresumedDead dead) {
                    assertThat(after.view().fingers().peers()).as(what).noneMatch(dead.peer()::sameMember);
                } else {
                    reported.add(report.fact());
                }
            }
        }
        assertThat(reported).as(what).isEqualTo(expected);
    }

    // By an answer that a member gives, to a question that a member may be asked at any time.
    private static void whoeverAnsweredIsNotMissed(NodeState before, Event event, Transition transition, String what) {
        if (event instanceof Event.Answered answered
                && answered.reply() instanceof Reply.Neighborhood at
                && at.phase() == Phase.MEMBER
                && before.phase() == Phase.MEMBER) {
            before.pending()
                    .get(answered.requestId())
                    .flatMap(StepPropertiesTest::asked)
                    .filter(at.self()::equals)
                    .ifPresent(peer -> assertThat(transition.state().misses().contains(peer.id()))
                            .as(what)
                            .isFalse());
        }
    }

    private static Optional<Peer> asked(Pending pending) {
        if (pending instanceof Stabilize.AwaitCandidate candidate) {
            return Optional.of(candidate.candidate());
        } else if (pending instanceof Stabilize.AwaitNotified notified) {
            return Optional.of(notified.head());
        } else if (pending instanceof Rectify.AwaitPredecessor predecessor) {
            return Optional.of(predecessor.old());
        } else if (pending instanceof Probe.AwaitSign sign) {
            return Optional.of(sign.peer());
        } else if (pending instanceof Reunion.AwaitLost lost) {
            return Optional.of(lost.lost());
        }
        return Optional.empty();
    }
}
