package dev.chord.node.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Threads that serve callers in turn. */
class FairPoolTest {
    private static final Duration SOON = Duration.ofMinutes(3);

    private final AtomicReference<Object> caller = new AtomicReference<>("");
    private final FairPool pool = new FairPool(4, "test-fair", caller::get);
    private final List<String> began = new CopyOnWriteArrayList<>();
    private final CountDownLatch open = new CountDownLatch(1);

    @AfterEach
    void close() {
        open.countDown();
        pool.close();
    }

    private void waitsFor(String who, String what) {
        caller.set(who);
        pool.execute(() -> {
            began.add(what);
            try {
                open.await(SOON.toSeconds(), TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private void until(int count) {
        Awaitility.await().atMost(SOON).until(() -> began.size() == count);
    }

    @Test
    void oneAloneLeavesThreadsForOthersAndTakesTurnsWithThem() {
        for (int i = 0; i < 20; i++) {
            waitsFor("greedy", "g" + i);
        }
        until(3);
        waitsFor("other", "first");
        until(4);
        waitsFor("other", "second");
        waitsFor("third", "only");
        assertThat(began).containsExactlyInAnyOrder("g0", "g1", "g2", "first");
        open.countDown();
        until(23);
        assertThat(began.subList(0, 10))
                .as("not behind what the greedy one has waiting")
                .contains("second", "only");
    }

    @Test
    void aTaskThatFailsTakesNoThreadAlong() {
        for (int i = 0; i < 20; i++) {
            caller.set("bad");
            pool.execute(() -> {
                began.add("failed");
                throw new IllegalStateException("on purpose");
            });
        }
        until(20);
        waitsFor("bad", "goes on");
        until(21);
    }

    @Test
    void nothingIsTakenOnceItIsClosed() {
        pool.close();
        assertThatThrownBy(() -> waitsFor("late", "never")).isInstanceOf(RejectedExecutionException.class);
    }
}
