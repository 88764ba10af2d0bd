package dev.chord.core.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Identifier;
import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.message.Phase;
import dev.chord.core.message.Reply;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/**
 * What a lookup does when it is led astray: each liar names members that are closer and are not there, or lie
 * as well.
 */
class LookupBoundsTest {
    private static final IdentifierCircle CIRCLE = new IdentifierCircle(60);
    private static final long KEY = 1L << 50;
    private static final Peer OWNER = peer(KEY + 5);

    private static Peer peer(long id) {
        return new Peer(Identifier.of(id), new Endpoint("127.0.0.1", 1), "z", Identifier.of(id), 1);
    }

    private static Reply.Neighborhood at(Peer self, boolean whole, List<Peer> successors) {
        return new Reply.Neighborhood(
                self, Phase.MEMBER, Optional.empty(), successors, whole, true, Optional.empty(), 0);
    }

    // Halfway from the liar to the key, and so many of them that no two lists agree.
    private static List<Peer> inventions(Peer liar, int many) {
        long left = KEY - liar.id().lowBits();
        return LongStream.range(0, many)
                .mapToObj(i -> peer(KEY - Math.max(1, left / 2 - i * 7)))
                .toList();
    }

    /** Walks until there is a result; returns how many were asked. */
    private static int walk(Lookup start, Function<Peer, Optional<Reply.Step>> world, List<Lookup> end) {
        Lookup lookup = start;
        List<Peer> open = new ArrayList<>();
        int asked = 0;
        while (lookup.result().isEmpty()) {
            for (Peer peer : lookup.next()) {
                lookup = lookup.asked(peer);
                open.add(peer);
                asked++;
            }
            assertThat(open)
                    .as("something is under way as long as there is no result")
                    .isNotEmpty();
            assertThat(asked).isLessThan(10_000);
            Peer peer = open.remove(0);
            Optional<Reply.Step> answer = world.apply(peer);
            lookup = answer.isPresent() ? lookup.answered(peer, answer.get()) : lookup.failed(peer, "silent");
        }
        end.add(lookup);
        return asked;
    }

    @Test
    void theBoundsGrowWithTheLogarithm() {
        assertThat(LookupBounds.asked(1)).isEqualTo(16);
        assertThat(LookupBounds.asked(4)).isEqualTo(22);
        assertThat(LookupBounds.asked(1000)).isEqualTo(46);
        assertThat(LookupBounds.asked(1e300))
                .as("nobody is believed beyond that")
                .isEqualTo(76);
        assertThat(LookupBounds.depth(1024)).isEqualTo(32);
    }

    @Test
    void howManyThereAreIsToldByHowFarASuccessorListReaches() {
        Peer self = peer(0);
        assertThat(LookupBounds.members(at(self, true, List.of(peer(1), peer(2))), CIRCLE))
                .isEqualTo(3);
        assertThat(LookupBounds.members(at(self, false, List.of(peer(1L << 57), peer(1L << 58))), CIRCLE))
                .isEqualTo(8);
        assertThat(LookupBounds.members(at(self, false, List.of()), CIRCLE)).isEqualTo(1);
        assertThat(LookupBounds.asked(LookupBounds.members(at(self, false, List.of(self)), CIRCLE)))
                .isEqualTo(76);
    }

    @Property(tries = 200)
    void aLiarLeadsNoLookupOn(
            @ForAll @IntRange(min = 1, max = 3000) int many, @ForAll @IntRange(min = 1, max = 5) int width) {
        Lookup start = Lookup.from(Identifier.of(KEY), CIRCLE, width, List.of(peer(1)));
        int asked = walk(
                start,
                p -> Optional.of(new Reply.Step(at(p, false, List.of()), inventions(p, many))),
                new ArrayList<>());
        assertThat(asked).isLessThanOrEqualTo(LookupBounds.asked(1));
    }

    @Property(tries = 200)
    void theAnswerOfHonestMembersCountsBesideLiars(
            @ForAll @IntRange(min = 1, max = 3000) int many, @ForAll @IntRange(min = 1, max = 5) int width) {
        Peer honest = peer(KEY / 2);
        Peer liar = peer(KEY / 4);
        List<Lookup> end = new ArrayList<>();
        int asked = walk(
                Lookup.from(Identifier.of(KEY), CIRCLE, width, List.of(honest, liar)),
                p -> Optional.of(
                        p.equals(honest)
                                ? new Reply.Step(at(honest, true, List.of(OWNER, liar)), List.of())
                                : new Reply.Step(at(p, false, List.of()), inventions(p, many))),
                end);
        assertThat(asked).isLessThanOrEqualTo(LookupBounds.asked(3));
        assertThat(end.get(0).result().orElseThrow().owner()).contains(OWNER);
    }

    @Test
    void inventionsDoNotCrowdOutWhomOthersName() {
        Peer honest = peer(KEY / 8);
        Peer named = peer(KEY / 4);
        Peer liar = peer(KEY / 6);
        Lookup lookup = Lookup.from(Identifier.of(KEY), CIRCLE, 3, List.of(honest, liar));
        lookup = lookup.asked(honest).asked(liar);
        lookup = lookup.answered(liar, new Reply.Step(at(liar, false, List.of()), inventions(liar, 3000)));
        lookup = lookup.answered(honest, new Reply.Step(at(honest, false, List.of(named)), List.of()));
        String all = lookup.toString();
        assertThat(all).contains(named.toString());
        assertThat(all.split("HEARD_OF", -1)).as("kept").hasSizeLessThanOrEqualTo(LookupBounds.WAITING + 1);
    }

    @Test
    void aLongRowOfNeighboursIsNoLie() {
        // no fingers: from one successor list to the next, as in a ring that has only just formed
        int members = 64;
        long apart = (1L << 60) / members;
        Function<Peer, Optional<Reply.Step>> world = p -> {
            long id = p.id().lowBits();
            List<Peer> next = LongStream.rangeClosed(1, 8)
                    .mapToObj(i -> peer((id + i * apart) & ((1L << 60) - 1)))
                    .toList();
            return Optional.of(new Reply.Step(at(p, false, next), List.of()));
        };
        Lookup start = Lookup.from(Identifier.of((1L << 60) - apart - 1), CIRCLE, 3, List.of(peer(0)));
        List<Lookup> end = new ArrayList<>();
        walk(start, world, end);
        assertThat(end.get(0).result().orElseThrow().owner()).contains(peer((1L << 60) - apart));
    }
}
