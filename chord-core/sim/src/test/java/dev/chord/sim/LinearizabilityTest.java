package dev.chord.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Identifier;
import dev.chord.sim.History.Kind;
import dev.chord.sim.History.Operation;
import dev.chord.sim.History.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.statistics.Statistics;
import org.junit.jupiter.api.Test;

/** The judge of histories against one that tries every order. */
class LinearizabilityTest {
    private static final Identifier KEY = Identifier.of(1);

    @Provide
    static Arbitrary<List<Operation>> histories() {
        Arbitrary<Integer> shapes = Arbitraries.integers().between(0, 9);
        Arbitrary<Long> values = Arbitraries.longs().between(0, 5);
        Arbitrary<Long> starts = Arbitraries.longs().between(0, 12);
        Arbitrary<Long> lengths = Arbitraries.longs().between(1, 7);
        return Combinators.combine(shapes, values, starts, lengths)
                .as(LinearizabilityTest::draft)
                .list()
                .ofMinSize(1)
                .ofMaxSize(6)
                .map(LinearizabilityTest::withValuesOfTheirOwn);
    }

    private static Operation draft(int shape, long value, long start, long length) {
        Kind kind = shape < 4 ? Kind.READ : shape < 7 ? Kind.WRITE : shape < 8 ? Kind.DELETE : Kind.COMPARE_AND_SET;
        boolean unknown = shape == 6 || value == 5 && kind != Kind.READ;
        boolean conflict = kind == Kind.COMPARE_AND_SET && start % 3 == 0;
        Result result = unknown ? Result.UNKNOWN : conflict ? Result.CONFLICT : Result.OK;
        return new Operation(kind, KEY, value, value, start, unknown ? History.NEVER : start + length, result);
    }

    // As clients do: no two writes have the same value; reads and expectations may name any of them.
    private static List<Operation> withValuesOfTheirOwn(List<Operation> drafts) {
        List<Operation> result = new ArrayList<>();
        for (int i = 0; i < drafts.size(); i++) {
            Operation o = drafts.get(i);
            boolean conflict = o.result() == Result.CONFLICT;
            long told = i % 2 == 0 ? History.UNTOLD : o.start() % 6;
            long value = o.kind() == Kind.READ
                    ? o.value()
                    : o.kind() == Kind.DELETE ? History.ABSENT : conflict ? told : i + 1;
            result.add(new Operation(o.kind(), KEY, value, o.expected(), o.start(), o.end(), o.result()));
        }
        return result;
    }

    @Property(tries = 20_000)
    void judgesAsOneDoesThatTriesEveryOrder(@ForAll("histories") List<Operation> history) {
        Optional<String> violation = Linearizability.violation(history);
        boolean possible = someOrder(history, History.ABSENT);
        Statistics.collect(possible);
        assertThat(violation.isEmpty()).as("%s", history).isEqualTo(possible);
    }

    // Any operation may come next that no other one, not placed yet, had ended before; an unknown one may
    // never come.
    private static boolean someOrder(List<Operation> left, long value) {
        if (left.stream().allMatch(o -> o.result() == Result.UNKNOWN)) {
            return true;
        }
        for (Operation next : left) {
            boolean tooEarly = left.stream().anyMatch(o -> o.end() < next.start());
            Optional<Long> after = tooEarly ? Optional.empty() : after(next, value);
            List<Operation> rest = new ArrayList<>(left);
            rest.remove(next);
            if (after.isPresent() && someOrder(rest, after.get())) {
                return true;
            }
        }
        return false;
    }

    private static Optional<Long> after(Operation o, long value) {
        boolean met = o.expected() == value;
        return switch (o.kind()) {
            case READ, READ_COPIES -> o.value() == value ? Optional.of(value) : Optional.empty();
            case WRITE -> Optional.of(o.value());
            case DELETE -> Optional.of(History.ABSENT);
            case COMPARE_AND_SET ->
                o.result() == Result.CONFLICT
                        ? Optional.of(value).filter(v -> !met && (o.value() == History.UNTOLD || o.value() == v))
                        : Optional.of(o.value()).filter(v -> met);
        };
    }

    /**
     * A register that many use at once: each operation takes effect at a moment of its own, and some
     * never tell.
     */
    private static List<Operation> busy(long seed, int count) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Operation> history = new ArrayList<>();
        long value = History.ABSENT;
        for (int i = 1; i <= count; i++) {
            long moment = 10L * i;
            long start = moment - random.nextLong(400);
            long end = moment + random.nextLong(400);
            boolean happens = random.nextInt(4) > 0;
            boolean unknown = !happens || random.nextInt(20) == 0;
            Kind kind = Kind.values()[random.nextInt(4)];
            boolean right = random.nextInt(3) > 0;
            long expected = right ? value : i + 1;
            long now = kind == Kind.READ || kind == Kind.DELETE ? History.ABSENT : i;
            if (kind == Kind.READ) {
                history.add(new Operation(kind, KEY, value, 0, start, end, Result.OK));
            } else if (kind == Kind.COMPARE_AND_SET && !right) {
                long told = seed % 2 == 0 || random.nextBoolean() ? value : History.UNTOLD;
                history.add(new Operation(kind, KEY, told, expected, start, end, Result.CONFLICT));
            } else {
                Result result = unknown ? Result.UNKNOWN : Result.OK;
                history.add(new Operation(kind, KEY, now, expected, start, unknown ? History.NEVER : end, result));
                value = happens ? now : value;
            }
        }
        return history;
    }

    @Test
    void aLongHistoryOfManyAtOnceIsJudgedInLittleMemory() {
        for (long seed = 1; seed <= 4; seed++) {
            List<Operation> history = busy(seed, 20_000);
            assertThat(Linearizability.violation(history)).as("seed %d", seed).isEmpty();
        }
    }

    @Test
    void oneUntrueAnswerInALongHistoryIsFound() {
        for (long seed = 1; seed <= 4; seed++) {
            List<Operation> history = new ArrayList<>(busy(seed, 5_000));
            Operation seen = history.stream()
                    .filter(o -> o.kind() == Kind.READ && o.value() != History.ABSENT && o.start() > 20_000)
                    .findFirst()
                    .orElseThrow();
            history.add(new Operation(Kind.READ, KEY, seen.value(), 0, 45_000, 45_010, Result.OK));
            assertThat(Linearizability.violation(history))
                    .as("seed %d", seed)
                    .hasValueSatisfying(why -> assertThat(why).startsWith("what ended at 45010 has no explanation"));
        }
    }
}
