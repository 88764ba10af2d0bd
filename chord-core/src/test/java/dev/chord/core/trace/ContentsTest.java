package dev.chord.core.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Fingerprints;
import dev.chord.core.protocol.Action;
import dev.chord.core.records.Question;
import dev.chord.core.records.Record;
import dev.chord.core.records.RecordDisk;
import dev.chord.core.records.Write;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.version.Version;
import dev.chord.traced.TraceBytes;
import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Nothing that users wrote is overlooked, whatever it is in. */
class ContentsTest {
    private static final String SECRET = "secret";
    private static final Redaction REDACTION = new Redaction(new byte[] {1, 2, 3});

    // One of each kind that passes between an engine and what is around it: made of its components, so that a
    // component that is added later is looked at too.
    private static List<Object> everything() throws ReflectiveOperationException {
        List<Class<?>> kinds = new ArrayList<>();
        kinds.addAll(List.of(Entry.class.getPermittedSubclasses()));
        kinds.addAll(List.of(Question.class.getPermittedSubclasses()));
        kinds.addAll(List.of(Write.Answer.class.getPermittedSubclasses()));
        Stream.of(Question.class, RecordDisk.class, Write.class, Record.class)
                .flatMap(outer -> Stream.of(outer.getDeclaredClasses()))
                .filter(inner -> inner.isRecord() && !kinds.contains(inner) && inner != Record.Id.class)
                .forEach(kinds::add);
        kinds.addAll(List.of(Write.class, Record.class));
        List<Object> all = new ArrayList<>();
        for (Class<?> kind : kinds) {
            all.add(make(kind));
        }
        return all;
    }

    private static Object make(Type type) throws ReflectiveOperationException {
        if (type instanceof ParameterizedType of) {
            Type inner = of.getActualTypeArguments()[0];
            if (of.getRawType() == Map.class) {
                return Map.of(make(inner), make(of.getActualTypeArguments()[1]));
            } else if (of.getRawType() == Question.class) {
                return new Question.Presence();
            } else if (of.getRawType() == Optional.class) {
                return Optional.of(make(inner));
            }
            boolean many = of.getRawType() == List.class || of.getRawType() == Collection.class;
            return many ? List.of(make(inner)) : make(of.getRawType());
        }
        return make((Class<?>) type);
    }

    private static Object make(Class<?> type) throws ReflectiveOperationException {
        if (type == String.class) {
            return SECRET;
        } else if (type == byte[].class) {
            return SECRET.getBytes(StandardCharsets.UTF_8);
        } else if (type == long.class || type == Long.class) {
            return 7L;
        } else if (type == int.class || type == Integer.class) {
            return 7;
        } else if (type == boolean.class || type == Boolean.class) {
            return true;
        } else if (type == Identifier.class) {
            return Identifier.of(7);
        } else if (type == Fingerprints.class) {
            return new Fingerprints();
        } else if (type == Endpoint.class) {
            return new Endpoint("host", 1);
        } else if (type == Object.class) {
            return new Arc(Identifier.ZERO, Identifier.ZERO); // the value of a piece
        } else if (type == Action.TakeArc.class) {
            return new Action.TakeArc(1, new Arc(Identifier.ZERO, Identifier.ZERO), List.of());
        } else if (type.isEnum()) {
            return type.getEnumConstants()[0];
        }
        return ofComponents(type);
    }

    private static Object ofComponents(Class<?> type) throws ReflectiveOperationException {
        List<Class<?>> types = new ArrayList<>();
        List<Object> values = new ArrayList<>();
        for (RecordComponent component : type.getRecordComponents()) {
            types.add(component.getType());
            boolean telling =
                    component.getType() == String.class && !component.getName().equals("label");
            boolean open = component.getGenericType() instanceof TypeVariable;
            values.add(telling ? "told" : make(open ? Object.class : component.getGenericType()));
        }
        Constructor<?> constructor = type.getDeclaredConstructor(types.toArray(Class<?>[]::new));
        constructor.setAccessible(true);
        return constructor.newInstance(values.toArray());
    }

    private static boolean tells(Object what) {
        boolean[] told = {false};
        new TraceBytes(leaf -> told[0] |=
                        SECRET.equals(leaf instanceof byte[] bytes ? new String(bytes, StandardCharsets.UTF_8) : leaf))
                .add(what);
        return told[0];
    }

    @Test
    void nothingTellsALabelOrAValueAfterItsRedaction() throws ReflectiveOperationException {
        int telling = 0;
        for (Object what : everything()) {
            telling += tells(what) ? 1 : 0;
            List<RecordTrace.Item> ways = new ArrayList<>();
            ways.add(new RecordTrace.Answered(0, 0, what));
            ways.add(new RecordTrace.Answered(0, 0, Optional.of(List.of(what))));
            ways.add(new RecordTrace.Answered(0, 0, new RecordTrace.Heard(what)));
            ways.add(new RecordTrace.Called(RecordTrace.Call.ASK, List.of(1, what)));
            if (what instanceof Entry entry) {
                ways.add(new RecordTrace.Entered(0, entry));
            } else if (what instanceof Question<?> question) {
                ways.add(new RecordTrace.Entered(0, new Entry.Served(question, Identifier.ZERO)));
            }
            for (RecordTrace.Item way : ways) {
                RecordTrace.Item redacted = REDACTION.item(way);
                assertThat(tells(redacted)).as("%s of %s", redacted, way).isFalse();
                assertThat(REDACTION.item(way)).as("the same each time").isEqualTo(redacted);
                assertThat(redacted.equals(way)).as("%s", way).isEqualTo(!tells(way));
            }
        }
        assertThat(telling).as("kinds that hold what users wrote").isGreaterThanOrEqualTo(12);
    }

    @Test
    void whatWasTheSameIsTheSameAndWhatWasNotIsNot() {
        Record one = new Record(Identifier.of(1), 1, "a", version(), false, new byte[] {1}, 0, List.of());
        Record other = new Record(Identifier.of(1), 1, "b", version(), false, new byte[] {2}, 0, List.of());
        assertThat(redacted(one)).isEqualTo(redacted(one)).isNotEqualTo(one);
        assertThat(redacted(one).label()).isNotEqualTo(redacted(other).label());
        assertThat(redacted(one).value()).isNotEqualTo(redacted(other).value());
        Redaction another = new Redaction(new byte[] {4});
        assertThat(another.item(new RecordTrace.Answered(0, 0, one)))
                .as("with another secret")
                .isNotEqualTo(REDACTION.item(new RecordTrace.Answered(0, 0, one)));
    }

    private static Version version() {
        return new Version(1, Identifier.ZERO);
    }

    private static Record redacted(Record record) {
        return (Record) ((RecordTrace.Answered) REDACTION.item(new RecordTrace.Answered(0, 0, record))).what();
    }
}
