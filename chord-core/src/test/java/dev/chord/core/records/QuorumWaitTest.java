package dev.chord.core.records;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.ring.Peer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import net.jqwik.api.Example;

class QuorumWaitTest {
    private static final QuorumWait.Wait WAIT = new QuorumWait.Wait(1000, 100);
    private static final List<Peer> PEERS = List.of(ManualHost.peer(1), ManualHost.peer(2), ManualHost.peer(3));

    private final ManualHost host = new ManualHost();
    private final Map<Peer, Consumer<Optional<String>>> asked = new HashMap<>();
    private final List<String> heard = new ArrayList<>();
    private int done;

    private void gather(List<Peer> peers, int enough) {
        QuorumWait.<String>gather(
                host,
                peers,
                WAIT,
                asked::put,
                (peer, answer) -> {
                    heard.add(answer.orElse("-"));
                    return heard.size() >= enough;
                },
                () -> done++);
    }

    private void answer(int peer, String what) {
        asked.get(PEERS.get(peer - 1)).accept(Optional.ofNullable(what));
    }

    @Example
    void itEndsWhenAllHaveAnsweredHoweverFewWouldDo() {
        gather(PEERS, 1);
        assertThat(asked).as("all are asked at the same time").hasSize(3);
        answer(2, "b");
        answer(1, null);
        assertThat(done).isZero();
        answer(3, "c");
        assertThat(done).isEqualTo(1);
        assertThat(heard).containsExactly("b", "-", "c");
        host.advance(5000);
        assertThat(done).as("once").isEqualTo(1);
    }

    @Example
    void onceItIsEnoughTheOthersAreWaitedForAMoment() {
        gather(PEERS, 2);
        answer(1, "a");
        host.advance(500);
        assertThat(done).isZero();
        answer(2, "b");
        host.advance(99);
        assertThat(done).isZero();
        host.advance(1);
        assertThat(done).isEqualTo(1);
        answer(3, "c");
        assertThat(heard).as("what comes after the end does not count").containsExactly("a", "b");
    }

    @Example
    void whereItIsNeverEnoughTimeEndsIt() {
        gather(PEERS, 3);
        answer(1, "a");
        host.advance(999);
        assertThat(done).isZero();
        host.advance(1);
        assertThat(done).isEqualTo(1);
    }

    @Example
    void aMomentDoesNotLastLongerThanTheWholeWait() {
        gather(PEERS, 2);
        host.advance(950);
        answer(1, "a");
        answer(2, "b");
        host.advance(50);
        assertThat(done).isEqualTo(1);
    }

    @Example
    void whereNobodyIsAskedItEndsAtOnce() {
        gather(List.of(), 1);
        assertThat(done).isEqualTo(1);
    }

    @Example
    void whoAnswersWithinTheCallIsHeardToo() {
        QuorumWait.<String>gather(
                host,
                PEERS,
                WAIT,
                (peer, answer) -> answer.accept(Optional.of("at once")),
                (peer, answer) -> {
                    heard.add(answer.orElseThrow());
                    return true;
                },
                () -> done++);
        assertThat(heard).hasSize(3);
        assertThat(done).isEqualTo(1);
    }
}
