package dev.chord.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Identifier;
import dev.chord.sim.History.Kind;
import dev.chord.sim.History.Operation;
import dev.chord.sim.History.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.statistics.Statistics;

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
        boolean conflict = kind == Kind.COMPARE_AND_SET && value == 0;
        Result result = unknown ? Result.UNKNOWN : conflict ? Result.CONFLICT : Result.OK;
        return new Operation(kind, KEY, value, value, start, unknown ? History.NEVER : start + length, result);
    }

    // As clients do: no two writes have the same value; reads and expectations may name any of them.
    private static List<Operation> withValuesOfTheirOwn(List<Operation> drafts) {
        List<Operation> result = new ArrayList<>();
        for (int i = 0; i < drafts.size(); i++) {
            Operation o = drafts.get(i);
            long value = o.kind() == Kind.READ ? o.value() : o.kind() == Kind.DELETE ? History.ABSENT : i + 1;
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

    // Any operation may come next that no other one, not placed yet, had ended before; an unknown one may never come.
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
            case READ -> o.value() == value ? Optional.of(value) : Optional.empty();
            case WRITE -> Optional.of(o.value());
            case DELETE -> Optional.of(History.ABSENT);
            case COMPARE_AND_SET ->
                o.result() == Result.CONFLICT
                        ? Optional.of(value).filter(v -> !met)
                        : Optional.of(o.value()).filter(v -> met);
        };
    }
}
