package dev.chord.core.records;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Identifier;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.BeforeTry;

/** One operation at a time works on a key, in the order in which they came, and none waits for ever. */
class KeyQueueTest {
    private static final int KEYS = 4;
    private static final Identifier KEY = Identifier.of(1);

    private KeyQueue queue = new KeyQueue();
    private List<Operation> all = new ArrayList<>();

    @BeforeTry
    void anew() {
        queue = new KeyQueue();
        all = new ArrayList<>();
    }

    /** One that may end within its own call, and may bring another one while it works. */
    private final class Operation {
        private final Set<Identifier> keys;
        private final boolean brief;
        private KeyQueue.Turn turn;
        private boolean began;
        private boolean ended;

        Operation(Set<Identifier> keys, boolean brief) {
            this.keys = keys;
            this.brief = brief;
        }

        void enter() {
            all.add(this);
            queue.enter(keys, mine -> {
                assertThat(began).as("it runs once").isFalse();
                began = true;
                turn = mine;
                if (brief) {
                    end();
                }
            });
        }

        void end() {
            ended = true;
            turn.end();
        }

        boolean works() {
            return began && !ended;
        }

        // Written as the rule is: all that came before it and want one of its keys are over.
        boolean mayWork() {
            return all.stream()
                    .takeWhile(earlier -> earlier != this)
                    .filter(earlier -> !earlier.ended)
                    .allMatch(earlier -> Collections.disjoint(earlier.keys, keys));
        }
    }

    private static Set<Identifier> keys(Random random) {
        Set<Identifier> keys = new HashSet<>();
        for (int i = 1 + random.nextInt(KEYS); i > 0; i--) {
            keys.add(Identifier.of(random.nextInt(KEYS)));
        }
        return keys;
    }

    @Property(tries = 300)
    void whoeverWaitsForNobodyWorks(@ForAll long seed) {
        Random random = new Random(seed);
        for (int step = 0; step < 60; step++) {
            List<Operation> working = all.stream().filter(Operation::works).toList();
            if (working.isEmpty() || random.nextInt(5) < 3) {
                new Operation(keys(random), random.nextInt(3) == 0).enter();
            } else {
                working.get(random.nextInt(working.size())).end();
            }
            judge();
        }
        for (int left = all.size(); left > 0; left--) {
            all.stream().filter(Operation::works).findFirst().ifPresent(Operation::end);
            judge();
        }
        assertThat(all).as("none was forgotten").allMatch(o -> o.ended);
    }

    private void judge() {
        assertThat(all).allMatch(operation -> operation.began == (operation.ended || operation.mayWork()));
    }

    @Example
    void whatComesWhileAnotherBeginsWaitsForItsTurn() {
        List<String> order = new ArrayList<>();
        queue.enter(List.of(KEY), first -> {
            queue.enter(List.of(KEY), second -> {
                order.add("second");
                second.end();
            });
            order.add("first");
            first.end();
        });
        assertThat(order).containsExactly("first", "second");
    }

    @Example
    void aKeyThatIsNamedTwiceIsWaitedForOnce() {
        List<String> order = new ArrayList<>();
        queue.enter(List.of(KEY, KEY), turn -> {
            order.add("first");
            turn.end();
        });
        queue.enter(List.of(KEY), turn -> order.add("second"));
        assertThat(order).containsExactly("first", "second");
    }

    /**
     * A name that thousands want to read while it is written: each of them is answered from memory within
     * its turn.
     */
    @Example
    void thousandsThatWaitForOneDoNotExhaustTheStack() {
        int many = 100_000;
        List<Integer> order = new ArrayList<>();
        List<KeyQueue.Turn> slow = new ArrayList<>();
        queue.enter(List.of(KEY), slow::add);
        for (int i = 0; i < many; i++) {
            int number = i;
            queue.enter(List.of(KEY), turn -> {
                order.add(number);
                turn.end();
            });
        }
        slow.get(0).end();
        assertThat(order).isEqualTo(IntStream.range(0, many).boxed().toList());
    }
}
