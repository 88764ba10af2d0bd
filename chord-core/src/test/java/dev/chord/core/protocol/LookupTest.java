package dev.chord.core.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Identifier;
import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.message.Phase;
import dev.chord.core.message.Reply;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A lookup as a value, by hand. */
class LookupTest {
    private static Peer peer(long id) {
        return new Peer(Identifier.of(id), new Endpoint("n" + id, 1), "z", Identifier.of(id), 1);
    }

    private static Reply.Step step(long at, boolean whole, List<Peer> successors, Peer... closer) {
        return new Reply.Step(
                new Reply.Neighborhood(
                        peer(at), Phase.MEMBER, Optional.empty(), successors, whole, true, Optional.empty(), 0),
                List.of(closer));
    }

    private static Lookup ask(Lookup lookup) {
        Lookup next = lookup;
        for (Peer peer : lookup.next()) {
            next = next.asked(peer);
        }
        return next;
    }

    private static Lookup start(int width, Peer... starts) {
        return Lookup.from(Identifier.of(100), new IdentifierCircle(8), width, List.of(starts));
    }

    @Test
    void theFirstLiveEntryOfTheClosestAnswerOwnsTheKey() {
        Lookup lookup = ask(start(1, peer(10)));
        lookup = ask(lookup.answered(peer(10), step(10, false, List.of(peer(20), peer(40)), peer(90))));
        assertThat(lookup.next()).as("90 is being asked").isEmpty();
        lookup = lookup.answered(peer(90), step(90, false, List.of(peer(120), peer(150))));
        Lookup.Result result = lookup.result().orElseThrow();
        assertThat(result.owner()).contains(peer(120));
        assertThat(result.chain()).containsExactly(peer(120), peer(150));
        assertThat(result.predecessor()).contains(peer(90));
        assertThat(result.hops()).isEqualTo(2);
    }

    @Test
    void aMemberAtTheKeyOwnsIt() {
        Lookup lookup = ask(start(1, peer(90)));
        lookup = lookup.answered(peer(90), step(90, false, List.of(peer(100), peer(120))));
        assertThat(lookup.result().orElseThrow().owner()).contains(peer(100));
    }

    @Test
    void theNextBestIsAskedWhenOneDoesNotAnswer() {
        Lookup lookup = ask(start(1, peer(10)));
        lookup = ask(lookup.answered(peer(10), step(10, false, List.of(peer(20)), peer(90), peer(60))));
        lookup = ask(lookup.failed(peer(90), "silent"));
        lookup = lookup.answered(peer(60), step(60, false, List.of(peer(90), peer(110))));
        assertThat(lookup.result().orElseThrow().owner()).as("90 is dead").contains(peer(110));
    }

    @Test
    void whenAllThatAnAnswerNamesAreDeadTheWalkGoesOnFartherBack() {
        Lookup lookup = ask(start(2, peer(10)));
        lookup = lookup.answered(
                peer(10), step(10, false, List.of(peer(50), peer(70), peer(130)), peer(90), peer(70), peer(50)));
        lookup = ask(lookup);
        lookup = ask(lookup.answered(peer(90), step(90, true, List.of(peer(130), peer(200)))));
        lookup = ask(lookup.failed(peer(70), "silent"));
        if (lookup.result().isEmpty()) {
            lookup = ask(lookup);
        }
        assertThat(lookup.result()).as("90 names live ones").isPresent();

        Lookup stuck = ask(start(2, peer(10)));
        stuck = stuck.answered(peer(10), step(10, false, List.of(peer(50), peer(70)), peer(90), peer(70)));
        stuck = ask(stuck);
        stuck = ask(stuck.answered(peer(70), step(70, true, List.of(peer(90)))));
        stuck = ask(stuck.failed(peer(90), "silent"));
        assertThat(stuck.result().isPresent() || !stuck.next().isEmpty() || asked(stuck))
                .as("there is always something to wait for, or a result")
                .isTrue();
    }

    private static boolean asked(Lookup lookup) {
        return lookup.toString().contains("ASKED");
    }

    @Test
    void nobodyLeftToAskIsAResultToo() {
        Lookup lookup = ask(start(1, peer(10)));
        lookup = lookup.failed(peer(10), "silent");
        assertThat(lookup.result().orElseThrow().owner()).isEmpty();
        assertThat(lookup.next()).isEmpty();
    }
}
