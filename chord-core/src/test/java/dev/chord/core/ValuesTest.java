package dev.chord.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.FingerTable;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.RingSettings;
import dev.chord.core.ring.RingView;
import dev.chord.core.ring.SuccessorList;
import dev.chord.core.version.Version;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What small values have in common: how they are spread by their hashes, shown to people, and bounded. */
class ValuesTest {
    private static Identifier hashed(int i) {
        return Identifier.sha256(new byte[] {(byte) i, (byte) (i >> 8)});
    }

    private static Peer peer(int id) {
        return new Peer(Identifier.of(id), new Endpoint("n" + id, 1), "z", Identifier.of(id), 1);
    }

    private static void assertSpread(IntFunction<Object> values) {
        assertThat(IntStream.range(0, 1_000)
                        .map(i -> values.apply(i).hashCode())
                        .distinct())
                .as("hashes of 1,000 different ones, such as %s", values.apply(1))
                .hasSizeGreaterThan(990);
    }

    @Test
    void hashesAreSpread() {
        assertSpread(ValuesTest::hashed);
        assertSpread(Identifier::of);
        assertSpread(i -> new Arc(hashed(1), hashed(i)));
        assertSpread(i -> new Arc(hashed(i), hashed(1)));
        assertSpread(i -> new Endpoint("h", 1 + i));
        assertSpread(i -> new Endpoint("h" + i, 1));
        assertSpread(ValuesTest::peer);
        assertSpread(i -> new Peer(Identifier.of(1), new Endpoint("h", 1), "z", Identifier.of(1), i));
        assertSpread(i -> FingerTable.empty().with(i, i, peer(1)));
        assertSpread(i -> FingerTable.empty().with(1, 1, peer(i)));
        assertSpread(i -> SuccessorList.empty(Identifier.of(5_000), 3).rebuilt(List.of(peer(i))));
    }

    @Test
    void identifiersAsFractionsOfTheCircle() {
        assertThat(Identifier.ZERO.fraction()).isZero();
        String zeros = "0".repeat(62);
        assertThat(Identifier.ofHex("80" + zeros).fraction()).isEqualTo(0.5);
        assertThat(Identifier.ofHex("c0" + zeros).fraction()).isEqualTo(0.75);
        assertThat(Identifier.ofHex("f".repeat(64)).fraction()).isCloseTo(1.0, within(1e-9));
    }

    @Test
    void arcsAsSharesOfTheCircle() {
        Identifier quarter = Identifier.ofHex("40" + "0".repeat(62));
        Identifier half = Identifier.ofHex("80" + "0".repeat(62));
        assertThat(new Arc(quarter, half).share()).isEqualTo(0.25);
        assertThat(new Arc(half, quarter).share()).isEqualTo(0.75);
        assertThat(new Arc(half, half).share()).isEqualTo(1.0);
        assertThat(new Arc(quarter, half)).hasToString("(" + quarter + ", " + half + "]");
    }

    @Test
    void aCircleHasThePointsBelowItsSize() {
        IdentifierCircle circle = new IdentifierCircle(8);
        assertThat(circle.contains(Identifier.of(255))).isTrue();
        assertThat(circle.contains(Identifier.of(256))).isFalse();
        assertThat(circle.withDigit(2).fingers()).isEqualTo(12);
    }

    @Test
    void nothingFitsIntoAnArcWithoutLength() {
        IdentifierCircle circle = new IdentifierCircle(8);
        Identifier n = Identifier.of(7);
        assertThat(circle.lastFingerWithin(n, new Arc(n, n), 3)).isEqualTo(3);
    }

    @Test
    void versionsAsPeopleReadThem() {
        Version version = Version.NONE.next(3, Identifier.of(9)).next(3, Identifier.of(9));
        assertThat(version.number()).isEqualTo("3.2");
        assertThat(version).hasToString("3.2/" + Identifier.of(9));
    }

    @Test
    void endpointsTakeEveryPortThereIs() {
        assertThat(new Endpoint("h", 1).port()).isEqualTo(1);
        assertThat(Endpoint.parse("h:65535").port()).isEqualTo(65_535);
        assertThatThrownBy(() -> new Endpoint("h", 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Endpoint("h", 65_536)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aRingMayHaveACopyAtEachSuccessorAndAtTheOwner() {
        IdentifierCircle circle = IdentifierCircle.FULL;
        assertThat(new RingSettings(circle, 2, 3, 1, 1).replicas()).isEqualTo(3);
        assertThatThrownBy(() -> new RingSettings(circle, 2, 4, 1, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new RingSettings(circle, 1, 1, 1, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void listsAndTablesAreEqualIfAllInThemIs() {
        SuccessorList list = SuccessorList.empty(Identifier.of(1), 3).rebuilt(List.of(peer(2), peer(3)));
        assertThat(list).isEqualTo(SuccessorList.empty(Identifier.of(1), 3).rebuilt(List.of(peer(2), peer(3))));
        assertThat(list).isNotEqualTo(SuccessorList.empty(Identifier.of(1), 3).rebuilt(List.of(peer(2))));
        assertThat(list).isNotEqualTo(SuccessorList.empty(Identifier.of(0), 3).rebuilt(List.of(peer(2), peer(3))));
        assertThat(list).hasToString(List.of(peer(2), peer(3)).toString());
        FingerTable table = FingerTable.empty().with(0, 3, peer(2)).with(4, 6, peer(9));
        assertThat(table).isEqualTo(FingerTable.empty().with(4, 6, peer(9)).with(0, 3, peer(2)));
        assertThat(table).isNotEqualTo(FingerTable.empty().with(0, 2, peer(2)).with(4, 6, peer(9)));
        assertThat(table).isNotEqualTo(FingerTable.empty().with(0, 3, peer(2)).with(4, 6, peer(8)));
        assertThat(table.runs()).isEqualTo(Map.of(0, peer(2), 4, peer(9)));
        assertThat(table).hasToString("{0=" + peer(2) + ", 4=" + peer(9) + "}");
        assertThat(table.peers()).containsExactly(peer(2), peer(9));
    }

    @Test
    void allThatAMemberKnowsIsInNobodysViewTwice() {
        RingView alone = RingView.alone(peer(1), 3);
        RingView view = alone.withSuccessors(alone.successors().rebuilt(List.of(peer(2), peer(3))))
                .withPredecessor(Optional.of(peer(9)))
                .withFingers(FingerTable.empty()
                        .with(0, 0, peer(2))
                        .with(2, 2, peer(5))
                        .with(5, 5, peer(1)));
        assertThat(view.known()).containsExactly(peer(2), peer(3), peer(5), peer(9));
    }
}
