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
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The rules of hand-over and rectify one by one, on member 80 of the ring 10, 80, 150, 220. Random rings
 * hardly need them singly, for each covers for the others; so each is held to its word here.
 */
class HandoffAndRectifyRulesTest {
    private static final RingSettings SETTINGS = new RingSettings(new IdentifierCircle(8), 4, 3, 2, 2);

    private NodeState state;
    private List<Action> actions = List.of();
    private long next = 1000;

    private static Peer peer(int id) {
        return new Peer(Identifier.of(id), new Endpoint("n" + id, 1), "z", Identifier.of(id), 1);
    }

    private static Arc arc(int from, int to) {
        return new Arc(Identifier.of(from), Identifier.of(to));
    }

    private static Reply.Neighborhood at(int self, int predecessor, int... successors) {
        List<Peer> list = Arrays.stream(successors)
                .mapToObj(HandoffAndRectifyRulesTest::peer)
                .toList();
        return new Reply.Neighborhood(
                peer(self), Phase.MEMBER, Optional.of(peer(predecessor)), list, true, true, Optional.empty(), 0);
    }

    private void step(Event event) {
        Transition transition = Chord.step(state, event);
        state = transition.state();
        actions = transition.actions();
    }

    private Action.Send sent(Class<? extends Request> kind) {
        return actions.stream()
                .filter(a -> a instanceof Action.Send s && kind.isInstance(s.request()))
                .map(a -> (Action.Send) a)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + kind.getSimpleName() + " in " + actions));
    }

    private boolean sends(Class<? extends Request> kind) {
        return actions.stream().anyMatch(a -> a instanceof Action.Send s && kind.isInstance(s.request()));
    }

    private long takeAttempt() {
        return actions.stream()
                .filter(a -> a instanceof Action.TakeArc)
                .map(a -> ((Action.TakeArc) a).attempt())
                .findFirst()
                .orElseThrow(() -> new AssertionError("no TakeArc in " + actions));
    }

    private Outcome ask(Command command) {
        long id = next++;
        step(new Event.Asked(id, command));
        return actions.stream()
                .filter(a -> a instanceof Action.Finish f && f.commandId() == id)
                .map(a -> ((Action.Finish) a).outcome())
                .findFirst()
                .orElseThrow();
    }

    /** Member 80 joins behind 10, and takes its arc from 150. */
    @BeforeEach
    void join() {
        state = NodeState.outside(peer(80), SETTINGS);
        step(new Event.Asked(1, new Command.Join(List.of(peer(10).endpoint()))));
        step(new Event.Answered(sent(Request.GetNeighborhood.class).requestId(), at(10, 220, 150, 220)));
        step(new Event.Answered(
                sent(Request.FindStep.class).requestId(), new Reply.Step(at(10, 220, 150, 220), List.of())));
        step(new Event.Answered(sent(Request.JoinThrough.class).requestId(), at(10, 220, 150, 220)));
        assertThat(state.phase()).isEqualTo(Phase.MEMBER);
        long attempt = takeAttempt();
        step(new Event.Answered(sentEarlierToHead(), at(150, 80, 220, 10)));
        step(new Event.ArcTaken(attempt, Event.TakeOutcome.RELEASED, 1));
        step(new Event.Answered(sent(Request.GetNeighborhood.class).requestId(), at(10, 220, 80, 150, 220)));
        assertThat(state.ownership().settled()).contains(arc(10, 80));
        assertThat(state.view().predecessor()).contains(peer(10));
    }

    private long sentEarlierToHead() {
        return state.pending().keys().stream()
                .filter(id -> state.pending().get(id).orElseThrow() instanceof Stabilize.AwaitHead)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void nobodyGivesWhatItIsResponsibleFor() {
        assertThat(ask(new Command.StartGiving(arc(10, 50), peer(50), false))).isInstanceOf(Outcome.Declined.class);
        step(new Event.Received(1, Optional.of(peer(50)), new Request.Notify(peer(50))));
        assertThat(ask(new Command.StartGiving(arc(10, 50), peer(50), true)))
                .isEqualTo(new Outcome.Giving(Optional.of(arc(10, 80)), true));
    }

    @Test
    void aMemberThatTheOneBehindDoesNotKnowTakesNothing() {
        assertThat(ask(new Command.StartGiving(arc(150, 200), peer(200), true))).isInstanceOf(Outcome.Declined.class);
        assertThat(ask(new Command.StartGiving(arc(150, 200), peer(200), false)))
                .isEqualTo(new Outcome.Giving(Optional.empty(), true));
    }

    private Command.StartGiving fiftyTakesItsPartAndSeventyWantsMore() {
        step(new Event.Received(1, Optional.of(peer(50)), new Request.Notify(peer(50))));
        assertThat(ask(new Command.StartGiving(arc(10, 50), peer(50), true))).isInstanceOf(Outcome.Giving.class);
        ask(new Command.StopGiving(true));
        assertThat(state.ownership().settled()).contains(arc(50, 80));
        // 70 comes in between, and thinks that its arc begins at 10
        step(new Event.Received(1, Optional.of(peer(70)), new Request.Notify(peer(70))));
        return new Command.StartGiving(arc(10, 70), peer(70), true);
    }

    @Test
    void whoeverMayHaveTakenAPartIsWaitedFor() {
        Command.StartGiving late = fiftyTakesItsPartAndSeventyWantsMore();
        assertThat(ask(late)).isInstanceOf(Outcome.Declined.class);
        for (int i = 0; i < 20; i++) {
            step(new Event.Tick(Event.Timer.STABILIZE));
        }
        assertThat(ask(late)).as("50 must be gone").isInstanceOf(Outcome.Giving.class);
    }

    @Test
    void whoeverMayHaveTakenAPartIsAskedAfterAndNotWaitedForOnceItIsDead() {
        Command.StartGiving late = fiftyTakesItsPartAndSeventyWantsMore();

        assertThat(ask(late)).isInstanceOf(Outcome.Declined.class);
        Action.Send first = sent(Request.Ping.class);
        assertThat(first.target()).contains(Identifier.of(50));
        assertThat(ask(late)).isInstanceOf(Outcome.Declined.class);
        assertThat(sends(Request.Ping.class)).as("it is being asked already").isFalse();
        step(new Event.Answered(first.requestId(), at(50, 10, 80, 150)));
        assertThat(ask(late)).as("50 is there").isInstanceOf(Outcome.Declined.class);

        step(new Event.Failed(sent(Request.Ping.class).requestId(), new Event.Failure("timeout", false)));
        long again = sent(Request.Ping.class).requestId();
        assertThat(ask(late)).as("once is not enough").isInstanceOf(Outcome.Declined.class);
        step(new Event.Failed(again, new Event.Failure("timeout", false)));
        assertThat(ask(late)).as("50 is dead").isInstanceOf(Outcome.Giving.class);
    }

    @Test
    void aLaterLifeOfOneThatHasTakenAPartHasTakenNothing() {
        Command.StartGiving late = fiftyTakesItsPartAndSeventyWantsMore();
        assertThat(ask(late)).isInstanceOf(Outcome.Declined.class);
        Peer old = peer(50);
        Peer later = new Peer(old.id(), old.endpoint(), old.zone(), old.process(), 2);
        Reply.Neighborhood life = new Reply.Neighborhood(
                later, Phase.MEMBER, Optional.empty(), List.of(peer(80)), true, true, Optional.empty(), 1);
        step(new Event.Answered(sent(Request.Ping.class).requestId(), life));
        assertThat(ask(late)).isInstanceOf(Outcome.Giving.class);
    }

    @Test
    void whatIsGivenIsFrozenThenGone() {
        step(new Event.Received(1, Optional.of(peer(50)), new Request.Notify(peer(50))));
        ask(new Command.StartGiving(arc(10, 50), peer(50), true));
        assertThat(state.ownership().answers(Identifier.of(30))).isTrue();
        assertThat(state.ownership().accepts(Identifier.of(30))).isFalse();
        assertThat(state.ownership().accepts(Identifier.of(60))).isTrue();
        ask(new Command.StopGiving(false));
        assertThat(state.ownership().accepts(Identifier.of(30)))
                .as("taken back")
                .isTrue();
        ask(new Command.StartGiving(arc(10, 50), peer(50), true));
        ask(new Command.StopGiving(true));
        assertThat(state.ownership().answers(Identifier.of(30))).isFalse();
        assertThat(state.ownership().answers(Identifier.of(60))).isTrue();
    }

    @Test
    void nobodyBeginsWhomItsPredecessorDoesNotKnow() {
        ask(new Command.Renounce());
        step(new Event.ArcTaken(takeAttempt(), Event.TakeOutcome.RELEASED, 1));
        assertThat(state.ownership().settled())
                .as("not before the predecessor has been asked")
                .isEmpty();
        step(new Event.Answered(sent(Request.GetNeighborhood.class).requestId(), at(10, 220, 50, 150, 220)));
        assertThat(state.ownership().settled()).as("somebody lives in between").isEmpty();
        step(new Event.Tick(Event.Timer.STABILIZE));
        step(new Event.ArcTaken(takeAttempt(), Event.TakeOutcome.UNOWNED, 1));
        step(new Event.Answered(sent(Request.GetNeighborhood.class).requestId(), at(10, 220, 80, 150, 220)));
        assertThat(state.ownership().settled()).contains(arc(10, 80));
    }

    @Test
    void anArcNobodyClaimsIsNotTakenWhileTheNextMemberIsUnsettled() {
        ask(new Command.Renounce());
        step(new Event.ArcTaken(takeAttempt(), Event.TakeOutcome.UNSETTLED, 1));
        assertThat(sends(Request.GetNeighborhood.class)).isFalse();
        assertThat(state.ownership().settled()).isEmpty();
        step(new Event.Tick(Event.Timer.STABILIZE));
        step(new Event.ArcTaken(takeAttempt(), Event.TakeOutcome.FAILED, 1));
        assertThat(state.ownership().settled()).isEmpty();
    }

    @Test
    void anAnswerToAnEarlierAttemptIsVoid() {
        ask(new Command.Renounce());
        long old = takeAttempt();
        step(new Event.Received(1, Optional.of(peer(50)), new Request.Notify(peer(50))));
        long now = takeAttempt();
        assertThat(now).isNotEqualTo(old);
        step(new Event.ArcTaken(old, Event.TakeOutcome.RELEASED, 1));
        assertThat(sends(Request.GetNeighborhood.class)).isFalse();
    }

    @Test
    void aCloserNotifierIsAdoptedAtOnceAFartherOneOnlyWhenTheOldIsDead() {
        step(new Event.Received(1, Optional.of(peer(5)), new Request.Notify(peer(5))));
        assertThat(state.view().predecessor())
                .as("a notify proves nothing about others")
                .contains(peer(10));
        step(new Event.Answered(sent(Request.Ping.class).requestId(), at(10, 220, 80)));
        assertThat(state.view().predecessor()).contains(peer(10));
        for (int i = 0; i < SETTINGS.misses(); i++) {
            step(new Event.Received(1, Optional.of(peer(5)), new Request.Notify(peer(5))));
            step(new Event.Failed(sent(Request.Ping.class).requestId(), new Event.Failure("silent", false)));
        }
        assertThat(state.view().predecessor()).contains(peer(5));
        step(new Event.Received(1, Optional.of(peer(60)), new Request.Notify(peer(60))));
        assertThat(state.view().predecessor()).contains(peer(60));
    }

    @Test
    void oneUnansweredCallIsNoDeath() {
        step(new Event.Tick(Event.Timer.CHECK_PREDECESSOR));
        step(new Event.Failed(sent(Request.Ping.class).requestId(), new Event.Failure("silent", false)));
        assertThat(state.view().predecessor()).contains(peer(10));
        step(new Event.Tick(Event.Timer.CHECK_PREDECESSOR));
        step(new Event.Failed(sent(Request.Ping.class).requestId(), new Event.Failure("not here", true)));
        assertThat(state.view().predecessor()).isEmpty();
    }
}
