package dev.chord.core.protocol;

import static dev.chord.core.protocol.Members.peer;
import static dev.chord.core.protocol.Members.peers;
import static org.assertj.core.api.Assertions.assertThat;

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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Neighbours that do not answer, by hand: two calls without an answer are once too often. */
class SilenceTest {
    private static final RingSettings SETTINGS = new RingSettings(new IdentifierCircle(8), 3, 1, 2, 1);
    private static final Event.Failure SILENT = new Event.Failure("silent", false);

    private NodeState state;
    private List<Action.Send> sent = new ArrayList<>();

    /** Member 100 of the ring 10, 50, 100, 150, 200, 250. */
    @BeforeEach
    void member() {
        state = Members.settled(SETTINGS, 50, 100, 150, 200, 250);
    }

    private static Reply.Neighborhood at(long self, Phase phase) {
        return new Reply.Neighborhood(peer(self), phase, Optional.empty(), List.of(), false, true, Optional.empty(), 0);
    }

    private void step(Event event) {
        Transition transition = Chord.step(state, event);
        state = transition.state();
        sent = new ArrayList<>();
        transition.actions().stream().filter(a -> a instanceof Action.Send).forEach(a -> sent.add((Action.Send) a));
    }

    private List<Endpoint> asked() {
        return sent.stream().map(Action.Send::to).toList();
    }

    private Action.Send to(long peer) {
        return sent.stream()
                .filter(s -> s.to().equals(peer(peer).endpoint()))
                .findFirst()
                .orElseThrow();
    }

    private void silent(Action.Send question) {
        step(new Event.Failed(question.requestId(), SILENT));
    }

    private static List<Endpoint> endpoints(long... ids) {
        return peers(ids).stream().map(Peer::endpoint).toList();
    }

    private void headIsSilentOnce() {
        step(new Event.Tick(Event.Timer.STABILIZE));
        assertThat(asked()).isEqualTo(endpoints(150));
        silent(to(150));
    }

    @Test
    void whenTheHeadIsSilentAllOtherNeighboursAreAsked() {
        headIsSilentOnce();
        assertThat(asked()).isEqualTo(endpoints(200, 250, 50));
        assertThat(sent).allMatch(s -> s.request() instanceof Request.Ping);
        step(new Event.Tick(Event.Timer.STABILIZE));
        silent(to(150));
        assertThat(asked()).as("those that are being asked are not asked again").isEqualTo(endpoints(200));
        assertThat(state.view().successors().entries()).isEqualTo(peers(200, 250));
    }

    @Test
    void aPredecessorThatIsInTheListTooIsAskedOnce() {
        state = Members.settled(SETTINGS, 200, 100, 150, 200);
        headIsSilentOnce();
        assertThat(asked()).isEqualTo(endpoints(200));
    }

    @Test
    void anotherSuccessorIsAskedAsLongAsThoseBeforeItMayTakeToBeFoundOut() {
        headIsSilentOnce();
        int times = 1;
        Action.Send question = to(200);
        for (silent(question); !sent.isEmpty(); silent(question)) {
            question = to(200);
            times++;
        }
        assertThat(times).as("twice the patience with a head").isEqualTo(4);
        assertThat(state.view().successors().entries())
                .as("of one that is not the head it is not said that it is dead")
                .isEqualTo(peers(150, 200, 250));
    }

    @Test
    void aPredecessorThatIsSilentTwiceIsForgotten() {
        headIsSilentOnce();
        silent(to(50));
        assertThat(state.view().predecessor()).contains(peer(50));
        silent(to(50));
        assertThat(state.view().predecessor()).isEmpty();
        assertThat(sent).isEmpty();
    }

    @Test
    void oneThatIsCertainlyNoMemberIsNotWaitedFor() {
        headIsSilentOnce();
        step(new Event.Answered(to(50).requestId(), at(50, Phase.LEFT)));
        assertThat(state.view().predecessor()).isEmpty();
    }

    @Test
    void oneThatAnswersIsLeftInPeace() {
        headIsSilentOnce();
        step(new Event.Answered(to(50).requestId(), at(50, Phase.MEMBER)));
        assertThat(sent).isEmpty();
        assertThat(state.view().predecessor()).contains(peer(50));
    }

    @Test
    void oneThatIsNoNeighbourAnyMoreIsNotAskedAgain() {
        headIsSilentOnce();
        Action.Send question = to(50);
        step(new Event.Received(1, Optional.of(peer(70)), new Request.Notify(peer(70))));
        silent(question);
        assertThat(sent).isEmpty();
        assertThat(state.view().predecessor()).contains(peer(70));
    }

    @Test
    void aCheckThatThePredecessorDoesNotAnswerTwiceForgetsIt() {
        step(new Event.Tick(Event.Timer.CHECK_PREDECESSOR));
        silent(to(50));
        assertThat(state.view().predecessor()).contains(peer(50));
        step(new Event.Tick(Event.Timer.CHECK_PREDECESSOR));
        step(new Event.Answered(to(50).requestId(), at(50, Phase.LEFT)));
        assertThat(state.view().predecessor()).isEmpty();
    }

    @Test
    void aHeadThatWasGivenUpMeanwhileLeavesTheRoundToTheNext() {
        step(new Event.Tick(Event.Timer.STABILIZE));
        Action.Send question = to(150);
        step(new Event.Received(
                1, Optional.of(peer(150)), new Request.Departing(Optional.of(peer(100)), peers(200, 250))));
        assertThat(state.view().successors().entries()).isEqualTo(peers(200, 250));
        silent(question);
        assertThat(asked()).isEqualTo(endpoints(200));
    }

    @Test
    void aHeadThatIsNoMemberAnyMoreIsDropped() {
        step(new Event.Tick(Event.Timer.STABILIZE));
        step(new Event.Answered(to(150).requestId(), at(150, Phase.LEFT)));
        assertThat(state.view().successors().entries()).isEqualTo(peers(200, 250));
        assertThat(asked()).isEqualTo(endpoints(200));
    }

    @Test
    void aHeadThatMayComeBackIsNotDroppedAtOnce() {
        step(new Event.Tick(Event.Timer.STABILIZE));
        step(new Event.Answered(to(150).requestId(), at(150, Phase.ISOLATED)));
        assertThat(state.view().successors().entries()).isEqualTo(peers(150, 200, 250));
    }
}
