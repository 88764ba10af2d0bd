package dev.chord.node.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Requests wait where the workers begin late, and then they are carried out, each once. */
class LateExecutorTest {
    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    private final Deque<Runnable> handedOver = new ArrayDeque<>();
    private final Deque<Runnable> putOff = new ArrayDeque<>();
    private final List<Long> waits = new ArrayList<>();
    private final List<String> done = new ArrayList<>();
    private long now = TimeUnit.SECONDS.toNanos(1);
    private final LateExecutor requests = new LateExecutor(
            handedOver::add,
            (what, nanos) -> {
                putOff.add(what);
                waits.add(nanos);
            },
            () -> now);

    private void work(long late) {
        now += late;
        Objects.requireNonNull(handedOver.poll()).run();
    }

    private void untilRequestsWait(long late) {
        for (int i = 0; putOff.isEmpty(); i++) {
            assertThat(i).as("requests that began %d ns late", late).isLessThan(100);
            requests.execute(() -> {});
            if (putOff.isEmpty()) {
                work(late);
            }
        }
    }

    @Test
    void whoComesInTimeIsHandedOverAtOnce() {
        for (int i = 0; i < 1000; i++) {
            requests.execute(() -> done.add("one"));
            work(MILLI / 10);
        }
        assertThat(done).hasSize(1000);
        assertThat(putOff).isEmpty();
    }

    @Test
    void whileTheWorkersAreLateRequestsWaitAndAreThenCarriedOutOnce() {
        untilRequestsWait(3 * MILLI);
        putOff.clear();
        requests.execute(() -> done.add("late"));
        assertThat(handedOver).isEmpty();
        assertThat(waits).allMatch(nanos -> nanos > 0);
        now += waits.get(waits.size() - 1);
        Objects.requireNonNull(putOff.poll()).run();
        assertThat(done).isEmpty();
        work(0);
        assertThat(done).containsExactly("late");
    }

    @Test
    void onceTheWorkersKeepUpNobodyWaits() {
        untilRequestsWait(3 * MILLI);
        Objects.requireNonNull(putOff.poll()).run();
        work(0);
        for (int i = 0; handedOver.isEmpty(); i++) {
            assertThat(i).as("requests that began in time").isLessThan(100);
            requests.execute(() -> {});
            if (handedOver.isEmpty()) {
                Objects.requireNonNull(putOff.poll()).run();
                work(0);
            }
        }
        assertThat(putOff).isEmpty();
    }
}
