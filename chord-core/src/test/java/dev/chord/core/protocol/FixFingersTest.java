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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * One finger a round, by hand: member 0 of a circle of 256 points, whose fingers start at 1, 2, 4, ... 128.
 */
class FixFingersTest {
    private static final RingSettings SETTINGS = new RingSettings(new IdentifierCircle(8), 2, 1, 1, 1);

    private NodeState state;
    private List<Action.Send> sent = new ArrayList<>();

    /** Of the ring 0, 5, 20, 140. */
    @BeforeEach
    void member() {
        state = Members.settled(SETTINGS, 140, 0, 5, 20);
    }

    private static Reply.Neighborhood at(long self, long predecessor, long... successors) {
        return new Reply.Neighborhood(
                peer(self),
                Phase.MEMBER,
                Optional.of(peer(predecessor)),
                peers(successors),
                false,
                true,
                Optional.empty(),
                0);
    }

    private void step(Event event) {
        Transition transition = Chord.step(state, event);
        state = transition.state();
        sent = new ArrayList<>();
        transition.actions().stream().filter(a -> a instanceof Action.Send).forEach(a -> sent.add((Action.Send) a));
    }

    private void round() {
        step(new Event.Tick(Event.Timer.FIX_FINGERS));
    }

    private Action.Send asked() {
        assertThat(sent).hasSize(1);
        return sent.get(0);
    }

    private Optional<Peer> finger(int i) {
        return state.view().fingers().finger(i);
    }

    private void findStep(Action.Send question, long key, long at) {
        assertThat(question.request()).isEqualTo(new Request.FindStep(Identifier.of(key), Lookup.ALTERNATIVES));
        assertThat(question.to()).isEqualTo(peer(at).endpoint());
    }

    private void silent(Action.Send question) {
        step(new Event.Failed(question.requestId(), new Event.Failure("silent", false)));
    }

    @Test
    void theHeadStandsForTheFirstOnes() {
        round();
        assertThat(finger(0)).contains(peer(5));
        assertThat(finger(2)).contains(peer(5));
        assertThat(finger(3)).isEmpty();
        assertThat(state.nextFinger()).isEqualTo(3);
        findStep(asked(), 8, 5);
    }

    @Test
    void aFingerThatIsNotKnownIsLookedUp() {
        theHeadStandsForTheFirstOnes();
        Action.Send question = asked();
        round();
        assertThat(sent).as("one at a time").isEmpty();
        step(new Event.Answered(question.requestId(), new Reply.Step(at(5, 0, 20, 140), List.of())));
        assertThat(finger(3)).contains(peer(20));
        assertThat(finger(4)).as("it stands for all that start before it").contains(peer(20));
        assertThat(finger(5)).isEmpty();
        assertThat(state.nextFinger()).isEqualTo(5);
    }

    @Test
    void whereNobodyAnswersTheOwnListHasTheLastWord() {
        theHeadStandsForTheFirstOnes();
        while (!sent.isEmpty()) {
            silent(asked());
        }
        assertThat(state.lookups().isEmpty()).isTrue();
        assertThat(finger(3)).contains(peer(20));
        assertThat(state.nextFinger()).isEqualTo(5);
    }

    private Action.Send whenTheFourthIsKnown() {
        aFingerThatIsNotKnownIsLookedUp();
        round();
        step(new Event.Answered(asked().requestId(), new Reply.Step(at(20, 5, 140, 0), List.of())));
        assertThat(finger(7)).contains(peer(140));
        assertThat(state.nextFinger()).as("from the beginning").isZero();
        round();
        assertThat(asked().request()).isInstanceOf(Request.GetNeighborhood.class);
        assertThat(asked().to()).isEqualTo(peer(20).endpoint());
        return asked();
    }

    @Test
    void aFingerThatIsRightIsToldByOneQuestion() {
        Action.Send question = whenTheFourthIsKnown();
        round();
        assertThat(sent).as("one at a time").isEmpty();
        step(new Event.Answered(question.requestId(), at(20, 5, 140, 0)));
        assertThat(sent).isEmpty();
        assertThat(finger(3)).contains(peer(20));
        assertThat(state.nextFinger()).isEqualTo(5);
    }

    @Test
    void aFingerThatIsNoLongerRightIsLookedUp() {
        step(new Event.Answered(whenTheFourthIsKnown().requestId(), at(20, 12, 140, 0)));
        findStep(asked(), 8, 5); // 12 comes after 8, and before 20
    }

    @Test
    void aFingerThatKnowsNobodyBeforeItIsLookedUp() {
        Reply.Neighborhood alone = new Reply.Neighborhood(
                peer(20), Phase.MEMBER, Optional.empty(), List.of(peer(0)), false, true, Optional.empty(), 0);
        step(new Event.Answered(whenTheFourthIsKnown().requestId(), alone));
        findStep(asked(), 8, 5);
    }

    @Test
    void aFingerThatIsSilentIsDroppedAndLookedUp() {
        silent(whenTheFourthIsKnown());
        assertThat(finger(3)).isEmpty();
        findStep(asked(), 8, 5);
    }
}
