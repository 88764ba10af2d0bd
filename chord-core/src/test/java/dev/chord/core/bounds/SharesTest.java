package dev.chord.core.bounds;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

/**
 * How room is shared by callers: permits and bytes by what is free, file handles by what the process
 * may have.
 */
class SharesTest {
    private static long greedy(long free) {
        long held = 0;
        while (DynamicShare.allows(held, 1, free - held)) {
            held++;
        }
        return held;
    }

    @Test
    void oneTakesAHalfAndTheNextAHalfOfTheRest() {
        assertThat(greedy(992)).isEqualTo(496);
        assertThat(greedy(496)).isEqualTo(248);
        assertThat(DynamicShare.allows(0, 4 << 20, 64 << 20)).isTrue();
        assertThat(DynamicShare.allows(32 << 20, 1, 32 << 20)).isFalse();
    }

    @Property
    void whoeverComesNextFindsSomeHoweverManyAreGreedy(@ForAll @IntRange(min = 0, max = 8) int greedy) {
        long free = 992;
        for (int i = 0; i < greedy; i++) {
            free -= greedy(free);
        }
        assertThat(DynamicShare.allows(0, 1, free)).isTrue();
    }

    @Property
    void handlesForTheNodesOwnWorkStayFree(@ForAll @LongRange(min = 256, max = 10_000_000) long handles) {
        HandleBudget budget = HandleBudget.of(handles);
        assertThat(budget.connections()).isBetween(24, 8192);
        assertThat(handles - budget.connections()).as("left").isGreaterThanOrEqualTo(Math.min(handles / 2, 192));
        assertThat(budget.ofOneAddress()).isBetween(1, budget.connections());
    }

    @Test
    void sixteenNodesBehindOneAddressFindRoomEvenWithFewHandles() {
        assertThat(HandleBudget.of(1024).connections()).isEqualTo(312);
        assertThat(HandleBudget.of(1024).ofOneAddress()).isGreaterThanOrEqualTo(16 * 4);
        assertThat(HandleBudget.of(-1).connections()).as("not known").isEqualTo(8192);
    }

    @Test
    void whatCallsHoldLeavesMemoryForTheNode() {
        long mib = 1024 * 1024;
        CallMemory usual = CallMemory.of(256 * mib, 192 * mib);
        assertThat(usual).isEqualTo(new CallMemory(48 * mib, 48 * mib, 40 * mib));
        assertThat(CallMemory.of(1L << 40, 1L << 40).unfinished()).isEqualTo(64 * mib);
        assertThat(DynamicShare.allows(0, 4 * mib + mib / 4, CallMemory.of(0, 0).unfinished()))
                .isTrue();
    }

    // Each block in hand is sent on to two others while it is.
    @Property
    void whatCallsHoldOutsideTheHeapFitsThere(
            @ForAll @LongRange(min = 104, max = 100_000) long direct,
            @ForAll @LongRange(min = 16, max = 100_000) long heap) {
        CallMemory memory = CallMemory.of(heap << 20, direct << 20);
        assertThat(memory.unfinished() + 2 * memory.inHand() + memory.unread()).isLessThan(direct << 20);
        assertThat(memory.unread()).isGreaterThanOrEqualTo(16 << 20);
    }
}
