package dev.chord.core.records;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.ArcMap;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Tenures, what is claimed of them, and the map of arcs that says where. */
class TenureTest {
    private static final int CIRCLE = 16;

    private static Tenure tenure(long epoch, int... holders) {
        List<Peer> peers = new ArrayList<>();
        for (int holder : holders) {
            Identifier id = Identifier.of(holder);
            peers.add(new Peer(id, new Endpoint("h" + holder, 1), "z", id, 1));
        }
        return new Tenure(epoch, peers);
    }

    @Property
    void quorumsMeet(@ForAll @IntRange(min = 1, max = 9) int holders, @ForAll @IntRange(min = 1, max = 9) int quorum) {
        Tenure tenure = tenure(
                1, LongStream.rangeClosed(1, holders).mapToInt(i -> (int) i).toArray());
        int writes = tenure.writes(quorum);
        int promises = tenure.promises(quorum);
        int witnesses = tenure.witnesses(quorum);
        assertThat(writes + promises).as("one who promises has each write").isGreaterThan(holders);
        assertThat(2 * promises).as("two cannot gather promises at once").isGreaterThan(holders);
        assertThat(promises + witnesses).as("a reader hears of a promise").isGreaterThan(holders);
        assertThat(List.of(writes, promises, witnesses)).allMatch(n -> n >= 1 && n <= holders);
    }

    @Property
    void ofThoseThatAreLeftOneHasEachWriteThatAnyOfThemHas(
            @ForAll @IntRange(min = 1, max = 9) int holders,
            @ForAll @IntRange(min = 1, max = 9) int quorum,
            @ForAll @IntRange(max = 9) int gone) {
        int givenUp = Math.min(gone, holders);
        Tenure tenure = tenure(
                1, LongStream.rangeClosed(1, holders).mapToInt(i -> (int) i).toArray());
        int left = holders - givenUp;
        int promises = tenure.promises(quorum, givenUp);
        assertThat(promises).isBetween(0, left);
        if (left > 0) {
            assertThat(2 * promises).as("two cannot gather promises at once").isGreaterThan(left);
        }
        int atLeastAmongThoseLeft = tenure.writes(quorum) - givenUp;
        assertThat(promises == left || promises + atLeastAmongThoseLeft > left)
                .as("of those that have a write, one promises, or all do")
                .isTrue();
    }

    @Example
    void whoIsGivenUpCountsInTheTenuresUpToThenOnly() {
        Arc arc = new Arc(Identifier.of(1), Identifier.of(9));
        for (long until : new long[] {4, 5}) {
            Ballot ballot = new Ballot(List.of(arc), 2);
            ballot.hear(List.of(new ArcMap.Piece<>(arc, Claim.NONE.establish(tenure(5, 1, 2, 3)))));
            ballot.giveUp(Map.of(Identifier.of(1), until, Identifier.of(2), until));
            assertThat(ballot.unasked()).hasSize(until == 5 ? 1 : 3);
            ballot.promised(Identifier.of(3));
            assertThat(ballot.free()).isEqualTo(until == 5 ? List.of(arc) : List.of());
            assertThat(ballot.missing(Set.of()).stream().flatMap(p -> p.value().stream()))
                    .hasSize(until == 5 ? 0 : 2);
            assertThat(ballot.ownersPromised())
                    .as("it may still answer by a lease")
                    .isFalse();
        }
    }

    @Example
    void whoIsMissedIsToldPartByPart() {
        Arc mine = new Arc(Identifier.of(1), Identifier.of(5));
        Arc lost = new Arc(Identifier.of(5), Identifier.of(9));
        Arc unheardOf = new Arc(Identifier.of(9), Identifier.of(12));
        Ballot ballot = new Ballot(List.of(new Arc(Identifier.of(1), Identifier.of(12))), 2);
        ballot.hear(List.of(
                new ArcMap.Piece<>(mine, Claim.NONE.establish(tenure(5, 1, 2, 3))),
                new ArcMap.Piece<>(lost, Claim.NONE.establish(tenure(5, 3, 4, 5)))));
        ballot.promised(Identifier.of(2));
        Set<Identifier> answering = Set.of(Identifier.of(3));
        assertThat(ballot.missing(answering)).extracting(ArcMap.Piece::arc).containsExactly(lost, unheardOf);
        assertThat(ballot.missing(answering).get(0).value())
                .extracting(Peer::process)
                .containsExactly(Identifier.of(4), Identifier.of(5));
        assertThat(ballot.missing(answering).get(1).value()).isEmpty();
        assertThat(ballot.free()).as("one that answers has not promised").isEmpty();
        ballot.promised(Identifier.of(3));
        assertThat(ballot.free()).containsExactly(mine);
        assertThat(ballot.missing(Set.of())).extracting(ArcMap.Piece::arc).containsExactly(lost, unheardOf);
    }

    @Example
    void whereOneOfThreeIsGivenUpBothOthersAreNeeded() {
        Arc arc = new Arc(Identifier.of(1), Identifier.of(9));
        Ballot ballot = new Ballot(List.of(arc), 2);
        ballot.hear(List.of(new ArcMap.Piece<>(arc, Claim.NONE.establish(tenure(5, 1, 2, 3)))));
        ballot.giveUp(Map.of(Identifier.of(1), 5L));
        ballot.promised(Identifier.of(3));
        assertThat(ballot.free())
                .as("the second may have a write that the third has not")
                .isEmpty();
        ballot.promised(Identifier.of(2));
        assertThat(ballot.free()).containsExactly(arc);
    }

    @Property
    void aMapOfArcsIsAValueForEachPoint(
            @ForAll @Size(max = 12) List<@IntRange(max = CIRCLE * CIRCLE * 3 - 1) Integer> changes,
            @ForAll @IntRange(max = CIRCLE * CIRCLE - 1) int asked) {
        ArcMap<Integer> map = new ArcMap<>(0);
        int[] model = new int[CIRCLE];
        for (int change : changes) {
            Arc arc = arc(change % (CIRCLE * CIRCLE));
            int value = change / (CIRCLE * CIRCLE);
            map.update(arc, old -> old * 2 + value);
            for (int point = 0; point < CIRCLE; point++) {
                model[point] = arc.contains(Identifier.of(point)) ? model[point] * 2 + value : model[point];
            }
        }
        int[] values = new int[CIRCLE];
        Arrays.setAll(values, point -> map.at(Identifier.of(point)));
        assertThat(values).isEqualTo(model);
        Arc over = arc(asked);
        List<ArcMap.Piece<Integer>> pieces = map.over(over);
        assertThat(pieces.get(0).arc().from()).isEqualTo(over.from());
        assertThat(pieces.get(pieces.size() - 1).arc().to()).isEqualTo(over.to());
        for (int i = 1; i < pieces.size(); i++) {
            assertThat(pieces.get(i).arc().from())
                    .isEqualTo(pieces.get(i - 1).arc().to());
            assertThat(pieces.get(i).value())
                    .as("joined where equal")
                    .isNotEqualTo(pieces.get(i - 1).value());
        }
        for (ArcMap.Piece<Integer> piece : pieces) {
            for (int point = 0; point < CIRCLE; point++) {
                if (piece.arc().contains(Identifier.of(point))) {
                    assertThat(piece.value()).isEqualTo(model[point]);
                }
            }
        }
    }

    private static Arc arc(int pair) {
        return new Arc(Identifier.of(pair / CIRCLE), Identifier.of(pair % CIRCLE));
    }

    @Example
    void whatIsProposedStaysUntilItOrALaterOneIsKnownToHaveBegun() {
        Tenure first = tenure(3, 1, 2, 3);
        Tenure second = tenure(5, 2, 3, 4);
        Tenure third = tenure(7, 3, 4, 5);
        Claim claim = Claim.NONE.establish(first).promise(4).propose(second);
        assertThat(claim).isEqualTo(new Claim(5, Optional.of(first), List.of(second)));
        assertThat(claim.establish(first)).as("nothing new").isEqualTo(claim);
        assertThat(claim.establish(second)).isEqualTo(new Claim(5, Optional.of(second), List.of()));
        assertThat(claim.propose(third).establish(second)).isEqualTo(new Claim(7, Optional.of(second), List.of(third)));
        assertThat(claim.propose(third).proposed())
                .as("the earlier one may have begun as well")
                .containsExactly(second, third);
        Tenure again = tenure(9, 2, 3, 4);
        assertThat(claim.propose(third).propose(again).proposed())
                .as("the same holders")
                .containsExactly(third, again);
        assertThat(claim.establish(third).establish(second)).as("an old one").isEqualTo(claim.establish(third));
        assertThat(claim.establish(third).promise(9).epoch()).isEqualTo(9);
    }
}
