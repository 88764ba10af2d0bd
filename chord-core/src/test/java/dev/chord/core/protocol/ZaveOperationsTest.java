package dev.chord.core.protocol;

import static dev.chord.core.protocol.Members.peer;
import static dev.chord.core.protocol.Members.peers;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Identifier;
import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.message.Phase;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.RingSettings;
import dev.chord.core.ring.RingView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The operations of the corrected protocol (Zave, IEEE TSE 2017), each by its guard, its one question and
 * its effect.
 */
class ZaveOperationsTest {
    private static final RingSettings SETTINGS = new RingSettings(new IdentifierCircle(8), 3, 1, 1, 1);

    private NodeState state;
    private final List<Action.Send> sent = new ArrayList<>();

    /** Member 100 of the ring 10, 50, 100, 150, 200, 250. */
    @BeforeEach
    void member() {
        state = Members.settled(SETTINGS, 50, 100, 150, 200, 250);
    }

    private static Reply.Neighborhood at(Peer self, Optional<Peer> predecessor, List<Peer> successors) {
        return new Reply.Neighborhood(self, Phase.MEMBER, predecessor, successors, false, true, Optional.empty(), 0);
    }

    private void step(Event event) {
        Transition transition = Chord.step(state, event);
        state = transition.state();
        transition.actions().stream().filter(a -> a instanceof Action.Send).forEach(a -> sent.add((Action.Send) a));
    }

    private Action.Send last(Class<? extends Request> type) {
        return sent.stream()
                .filter(s -> type.isInstance(s.request()))
                .reduce((a, b) -> b)
                .orElseThrow();
    }

    private void answer(Class<? extends Request> type, Reply reply) {
        step(new Event.Answered(last(type).requestId(), reply));
    }

    private void noAnswer(Class<? extends Request> type) {
        step(new Event.Failed(last(type).requestId(), new Event.Failure("dead", false)));
    }

    private void stabilize() {
        step(new Event.Tick(Event.Timer.STABILIZE));
    }

    private List<Identifier> successors() {
        return state.view().successors().entries().stream().map(Peer::id).toList();
    }

    private static List<Identifier> ids(long... ids) {
        return Arrays.stream(ids).mapToObj(Identifier::of).toList();
    }

    @Test
    void joinCopiesTheListOfTheMemberBeforeItAsItIs() {
        state = NodeState.outside(peer(120), SETTINGS);
        step(new Event.Asked(1, new Command.Join(List.of(peer(100).endpoint()))));
        Reply.Neighborhood seed = at(peer(100), Optional.of(peer(50)), peers(150, 200, 250));
        answer(Request.GetNeighborhood.class, seed);
        answer(Request.FindStep.class, new Reply.Step(seed, List.of()));
        assertThat(last(Request.JoinThrough.class).to()).isEqualTo(peer(100).endpoint());
        answer(Request.JoinThrough.class, seed);
        assertThat(successors())
                .as("not shifted: its first entry is the joiner's successor too")
                .isEqualTo(ids(150, 200, 250));
        assertThat(state.view().predecessor()).contains(peer(100));
        assertThat(state.ownership().settled()).as("data comes later").isEmpty();
    }

    @Test
    void aJoinerThatNoLongerFitsLooksAgain() {
        state = NodeState.outside(peer(120), SETTINGS);
        step(new Event.Asked(1, new Command.Join(List.of(peer(100).endpoint()))));
        Reply.Neighborhood seed = at(peer(100), Optional.of(peer(50)), peers(150, 200, 250));
        answer(Request.GetNeighborhood.class, seed);
        answer(Request.FindStep.class, new Reply.Step(seed, List.of()));
        answer(Request.JoinThrough.class, at(peer(100), Optional.of(peer(50)), peers(110, 150, 200)));
        assertThat(state.phase()).isNotEqualTo(Phase.MEMBER);
        assertThat(successors()).isEmpty();
    }

    @Test
    void whoeverIsLookingForARingWhenAJoinerComesIsToldThatItHasOne() {
        state = NodeState.outside(peer(100), SETTINGS);
        step(new Event.Asked(1, new Command.Recover(List.of())));
        for (int round = 0; round < 4; round++) {
            stabilize(); // in vain: nobody is remembered
        }
        step(new Event.Asked(2, new Command.Join(List.of(peer(50).endpoint()))));
        Transition transition =
                Chord.step(state, new Event.Received(3, Optional.of(peer(120)), new Request.JoinThrough(peer(120))));
        assertThat(transition.actions()).contains(new Action.Finish(2, new Outcome.Joined(peer(120))));
        assertThat(transition.state().phase()).isEqualTo(Phase.MEMBER);
    }

    @Test
    void lettingAJoinerInChangesNoPointer() {
        RingView before = state.view();
        step(new Event.Received(1, Optional.of(peer(120)), new Request.JoinThrough(peer(120))));
        assertThat(state.view()).isEqualTo(before);
    }

    @Test
    void stabilizeRebuildsTheWholeListFromTheHeadsAnswer() {
        stabilize();
        answer(Request.GetNeighborhood.class, at(peer(150), Optional.of(peer(100)), peers(180, 220, 250)));
        assertThat(successors()).isEqualTo(ids(150, 180, 220));
        assertThat(sent).as("the head knows already").noneMatch(s -> s.request() instanceof Request.Notify);
    }

    @Test
    void aHeadThatDoesNotKnowIsNotified() {
        stabilize();
        answer(Request.GetNeighborhood.class, at(peer(150), Optional.of(peer(50)), peers(200, 250)));
        assertThat(last(Request.Notify.class).to()).isEqualTo(peer(150).endpoint());
    }

    @Test
    void aDeadHeadIsDroppedAndTheNextEntryAsked() {
        stabilize();
        noAnswer(Request.GetNeighborhood.class);
        assertThat(successors()).isEqualTo(ids(200, 250));
        assertThat(last(Request.GetNeighborhood.class).to()).isEqualTo(peer(200).endpoint());
    }

    @Test
    void aCloserCandidateIsAskedBeforeItIsAdoptedAndBringsItsOwnList() {
        stabilize();
        answer(Request.GetNeighborhood.class, at(peer(150), Optional.of(peer(120)), peers(200, 250)));
        assertThat(successors()).as("not adopted yet").startsWith(Identifier.of(150));
        assertThat(last(Request.GetNeighborhood.class).to()).isEqualTo(peer(120).endpoint());
        answer(Request.GetNeighborhood.class, at(peer(120), Optional.of(peer(100)), peers(130, 150, 200)));
        assertThat(successors()).isEqualTo(ids(120, 130, 150));
        assertThat(last(Request.Notify.class).to()).isEqualTo(peer(120).endpoint());
    }

    @Test
    void aDeadCandidateChangesNothing() {
        stabilize();
        answer(Request.GetNeighborhood.class, at(peer(150), Optional.of(peer(120)), peers(200, 250)));
        noAnswer(Request.GetNeighborhood.class);
        assertThat(successors()).isEqualTo(ids(150, 200, 250));
        assertThat(last(Request.Notify.class).to()).isEqualTo(peer(150).endpoint());
    }

    @Test
    void aCandidateIsNotAdoptedInFrontOfAnotherHeadThanItWasHeardFrom() {
        stabilize();
        answer(Request.GetNeighborhood.class, at(peer(150), Optional.of(peer(120)), peers(200, 250)));
        Action.Send asked = last(Request.GetNeighborhood.class);
        step(new Event.Received(
                1, Optional.of(peer(150)), new Request.Departing(Optional.of(peer(100)), peers(200, 250))));
        step(new Event.Answered(asked.requestId(), at(peer(120), Optional.of(peer(100)), peers(130, 150, 200))));
        assertThat(successors()).isEqualTo(ids(200, 250));
    }

    @Test
    void anAnswerForAHeadThatHasAnotherLifeByNowIsVoid() {
        stabilize();
        Action.Send asked = last(Request.GetNeighborhood.class);
        // meanwhile 150 left politely, and came back as the next entry of what its predecessor was given
        step(new Event.Received(
                1,
                Optional.of(peer(150)),
                new Request.Departing(Optional.of(peer(100)), List.of(peer(150, 2), peer(160), peer(200)))));
        assertThat(successors()).isEqualTo(ids(150, 160, 200));
        step(new Event.Answered(asked.requestId(), at(peer(150), Optional.of(peer(100)), peers(250))));
        assertThat(successors()).as("said by the first life").isEqualTo(ids(150, 160, 200));
    }

    @Test
    void oneQuestionAtATime() {
        stabilize();
        int before = sent.size();
        stabilize();
        stabilize();
        assertThat(sent).hasSize(before);
    }

    private Reply consent(Peer leaver, boolean before, boolean after) {
        Transition transition =
                Chord.step(state, new Event.Received(1, Optional.of(leaver), new Request.PrepareLeave(before, after)));
        return ((Action.Respond) transition.actions().get(0)).reply();
    }

    @Test
    void aMemberMayLeaveOnceItsNeighboursSeeItWhereItIs() {
        assertThat(consent(peer(150), true, false)).as("it is the head").isInstanceOf(Reply.Ack.class);
        assertThat(consent(peer(50), false, true)).as("it is the predecessor").isInstanceOf(Reply.Ack.class);
        assertThat(consent(peer(120), true, false)).isInstanceOf(Reply.Refused.class);
        assertThat(consent(peer(60), false, true)).isInstanceOf(Reply.Refused.class);
        assertThat(consent(peer(50), true, true)).as("only one of both").isInstanceOf(Reply.Refused.class);
    }

    @Test
    void losingEverySuccessorIsIsolationNotSolitude() {
        stabilize();
        noAnswer(Request.GetNeighborhood.class);
        noAnswer(Request.GetNeighborhood.class);
        noAnswer(Request.GetNeighborhood.class);
        assertThat(state.phase()).isEqualTo(Phase.ISOLATED);
        assertThat(state.ownership().settled()).as("it speaks for nothing").isEmpty();
        assertThat(state.alone()).isFalse();
    }
}
