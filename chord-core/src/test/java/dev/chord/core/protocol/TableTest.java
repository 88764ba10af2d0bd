package dev.chord.core.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** The small sorted map against the one of the JDK. */
class TableTest {
    @Property
    void itIsASortedMap(@ForAll @Size(max = 40) List<@IntRange(min = -12, max = 12) Integer> changes) {
        Table<Integer, String> table = Table.empty();
        TreeMap<Integer, String> model = new TreeMap<>();
        for (int change : changes) {
            int key = Math.abs(change);
            Table<Integer, String> before = table;
            if (change < 0) {
                table = table.without(key);
                assertThat(table == before).as("nothing was taken out").isEqualTo(!model.containsKey(key));
                model.remove(key);
            } else {
                table = table.with(key, "v" + changes.size() % 3);
                model.put(key, "v" + changes.size() % 3);
            }
            check(table, model);
        }
    }

    private static void check(Table<Integer, String> table, TreeMap<Integer, String> model) {
        assertThat(table.size()).isEqualTo(model.size());
        assertThat(table.isEmpty()).isEqualTo(model.isEmpty());
        assertThat(table.keys()).containsExactlyElementsOf(model.keySet());
        assertThat(table.values()).containsExactlyElementsOf(model.values());
        for (int key = 0; key <= 12; key++) {
            assertThat(table.contains(key)).isEqualTo(model.containsKey(key));
            assertThat(table.get(key)).isEqualTo(Optional.ofNullable(model.get(key)));
            assertThat(table.getOrDefault(key, "none")).isEqualTo(model.getOrDefault(key, "none"));
        }
        assertThat(table).hasToString(model.toString());
        Table<Integer, String> same = of(model);
        assertThat(table).isEqualTo(same).hasSameHashCodeAs(same);
    }

    private static Table<Integer, String> of(Map<Integer, String> entries) {
        Table<Integer, String> table = Table.empty();
        for (Map.Entry<Integer, String> entry : entries.entrySet()) {
            table = table.with(entry.getKey(), entry.getValue());
        }
        return table;
    }

    @Property
    void tablesThatDifferAreNotEqual(@ForAll @IntRange(max = 9) int key, @ForAll @IntRange(max = 9) int other) {
        Table<Integer, Integer> one = Table.<Integer, Integer>empty().with(key, 1);
        assertThat(one.equals(Table.<Integer, Integer>empty().with(other, 1))).isEqualTo(key == other);
        assertThat(one).isNotEqualTo(Table.<Integer, Integer>empty().with(key, 2));
        assertThat(one).isNotEqualTo("{" + key + "=1}");
        assertThat(one.hashCode())
                .isNotEqualTo(Table.<Integer, Integer>empty().with(key, 2).hashCode());
    }
}
