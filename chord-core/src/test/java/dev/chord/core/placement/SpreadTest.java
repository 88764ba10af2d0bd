package dev.chord.core.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Identifier;
import dev.chord.core.records.Tenure;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How many copies go together with a process, a host, a zone; and where they are put so that few do. */
class SpreadTest {
    private static Peer peer(int id, int process, String host, String zone) {
        return new Peer(Identifier.of(id), new Endpoint(host, process), zone, Identifier.of(process), 1);
    }

    private static final Peer FIRST = peer(1, 1, "a", "one");
    private static final Peer SAME_PROCESS = peer(2, 1, "a", "one");
    private static final Peer SAME_HOST = peer(3, 2, "a", "one");
    private static final Peer SAME_ZONE = peer(4, 3, "b", "one");
    private static final Peer ELSEWHERE = peer(5, 4, "c", "two");
    private static final List<Peer> ALL = List.of(FIRST, SAME_PROCESS, SAME_HOST, SAME_ZONE, ELSEWHERE);

    @Test
    void whatIsApartIsCounted() {
        assertThat(Spread.PROCESS.apart(ALL)).isEqualTo(4);
        assertThat(Spread.HOST.apart(ALL)).isEqualTo(3);
        assertThat(Spread.ZONE.apart(ALL)).isEqualTo(2);
        assertThat(Spread.ZONE.apart(List.of())).isZero();
    }

    @Test
    void anotherZoneComesBeforeAnotherHostAndThatBeforeAnotherProcess() {
        assertThat(Placement.spread(ALL, 2)).containsExactly(FIRST, ELSEWHERE);
        assertThat(Placement.spread(ALL, 3)).containsExactly(FIRST, ELSEWHERE, SAME_ZONE);
        assertThat(Placement.spread(ALL, 9)).containsExactly(FIRST, ELSEWHERE, SAME_ZONE, SAME_HOST);
    }

    @Test
    void holdersAreToldByTheirProcess() {
        assertThat(Placement.isHolder(Identifier.of(4), ALL)).isTrue();
        assertThat(Placement.isHolder(Identifier.of(5), ALL)).isFalse();
        Tenure tenure = new Tenure(1, ALL);
        assertThat(tenure.names(Identifier.of(4))).isTrue();
        assertThat(tenure.names(Identifier.of(5))).isFalse();
    }
}
