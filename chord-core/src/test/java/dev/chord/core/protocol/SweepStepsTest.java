package dev.chord.core.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A visit to all members as a value, by hand. In simulated rings: {@code dev.chord.sim.SweepTest}. */
class SweepStepsTest {
    private static Peer peer(long id, long life) {
        return new Peer(Identifier.of(id), new Endpoint("n" + id, 1), "z", Identifier.of(id), life);
    }

    private static Peer peer(long id) {
        return peer(id, 1);
    }

    private static Optional<Arc> arc(long from, long to) {
        return Optional.of(new Arc(Identifier.of(from), Identifier.of(to)));
    }

    @Test
    void everybodyHeardOfIsAskedOnceSoManyAtATime() {
        Sweep sweep = new Sweep(List.of(peer(1), peer(2), peer(3), peer(1)));
        assertThat(sweep.next(2)).containsExactly(peer(1), peer(2));
        assertThat(sweep.next(2)).isEmpty();
        assertThat(sweep.done()).isFalse();
        sweep.answered(peer(1), arc(3, 1));
        assertThat(sweep.next(2)).containsExactly(peer(3));
        sweep.failed(peer(2), "silent");
        sweep.answered(peer(3), arc(2, 3));
        assertThat(sweep.next(2)).isEmpty();
        assertThat(sweep.done()).isTrue();
        assertThat(sweep.covered())
                .containsExactly(arc(3, 1).orElseThrow(), arc(2, 3).orElseThrow());
    }

    @Test
    void depthIsTheAnswersThatLedToTheFarthestThatAnswered() {
        Sweep sweep = new Sweep(List.of(peer(1)));
        assertThat(sweep.depth()).isZero();
        sweep.next(9);
        sweep.named(peer(1), List.of(peer(2)));
        sweep.answered(peer(1), Optional.empty());
        assertThat(sweep.depth()).isEqualTo(1);
        sweep.next(9);
        sweep.named(peer(2), List.of(peer(3), peer(1)));
        assertThat(sweep.depth()).as("of 2 there is no answer yet").isEqualTo(1);
        sweep.answered(peer(2), Optional.empty());
        sweep.next(9);
        sweep.failed(peer(3), "silent");
        assertThat(sweep.depth()).as("3 never answered").isEqualTo(2);
        assertThat(sweep.visits()).extracting(Sweep.Visit::depth).containsExactly(1, 2, 3);
    }

    @Test
    void aNewLifeIsAskedUnlessTheOldOneIsBeingAsked() {
        Sweep sweep = new Sweep(List.of(peer(1), peer(2)));
        sweep.next(9);
        sweep.named(peer(1), List.of(peer(2, 5)));
        assertThat(sweep.next(9)).as("its answer is on its way").isEmpty();
        sweep.failed(peer(2), "silent");
        sweep.named(peer(1), List.of(peer(2)));
        assertThat(sweep.done()).as("1 is asked still").isFalse();
        assertThat(sweep.next(9)).as("the same life again").isEmpty();
        sweep.named(peer(1), List.of(peer(2, 5)));
        assertThat(sweep.next(9)).containsExactly(peer(2, 5));
    }

    @Test
    void oneWhoseNewLifeWasHeardOfBeforeItsTurnIsAskedOnlyInThatOne() {
        Sweep sweep = new Sweep(List.of(peer(1), peer(2)));
        assertThat(sweep.next(1)).containsExactly(peer(1));
        sweep.named(peer(1), List.of(peer(2, 5)));
        sweep.answered(peer(1), Optional.empty());
        assertThat(sweep.done()).isFalse();
        assertThat(sweep.next(9)).containsExactly(peer(2, 5));
        sweep.answered(peer(2, 5), Optional.empty());
        assertThat(sweep.done()).isTrue();
    }

    private static Peer at(long id, String host) {
        return new Peer(Identifier.of(id), new Endpoint(host, 1), "z", Identifier.of(id), 1);
    }

    @Test
    void atOneAddressNoMoreAreVisitedThanAProcessHas() {
        Sweep sweep = new Sweep(List.of(at(1, "liar")));
        long invented = 2;
        int visited = 0;
        while (!sweep.done()) {
            for (Peer peer : sweep.next(16)) {
                visited++;
                sweep.named(peer, List.of(at(invented++, "liar"), at(invented++, "liar")));
                sweep.answered(peer, arc(invented, invented + 1));
            }
        }
        assertThat(visited).isEqualTo(Sweep.AT_ONE_ADDRESS);
    }

    @Test
    void inventionsElsewhereDoNotKeepItFromThoseThatAreThere() {
        int members = 40;
        Sweep sweep = new Sweep(List.of(peer(1), at(5000, "liar")));
        long invented = 10_000;
        int visited = 0;
        while (!sweep.done()) {
            for (Peer peer : sweep.next(16)) {
                visited++;
                long id = peer.id().lowBits();
                if (id <= members) { // each names the next one alone
                    sweep.named(peer, List.of(peer(id % members + 1)));
                    sweep.answered(peer, arc(id - 1, id));
                } else {
                    for (int i = 0; i < 500; i++) {
                        sweep.named(peer, List.of(peer(invented++)));
                    }
                    sweep.failed(peer, "silent");
                }
            }
        }
        assertThat(sweep.covered()).hasSize(members);
        assertThat(visited).isLessThanOrEqualTo(64 + 4 * members);
    }
}
