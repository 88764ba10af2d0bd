package dev.chord.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chord.core.id.Identifier;
import dev.chord.core.name.Label;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** The one grammar of references. */
class ReferenceTest {
    private static final String WHOLE = "0123456789ABCDEF".repeat(4);

    @Test
    void whatMayBeAnIdMayBeANameToo() {
        Reference whole = Reference.of(WHOLE);
        assertThat(whole.isWholeId()).isTrue();
        assertThat(whole.name()).isEqualTo(WHOLE);
        assertThat(whole.mayBe(Identifier.ofHex(WHOLE.toLowerCase(java.util.Locale.ROOT))))
                .isTrue();
        assertThat(Reference.of("0123456789").digits()).isEqualTo("0123456789");
        for (String name : new String[] {"012345678", WHOLE + "0", "a/" + WHOLE, "01234 6789", "x@y"}) {
            assertThat(Reference.of(name).digits()).as(name).isEmpty();
            assertThat(Reference.of(name).name()).isEqualTo(name);
        }
    }

    @Test
    void eachCanBeForced() {
        assertThat(Reference.of("id:" + WHOLE).mustBeId()).isTrue();
        assertThat(Reference.of("name:" + WHOLE)).isEqualTo(new Reference("", WHOLE));
        assertThat(Reference.of("name:name:x").name()).isEqualTo("name:x");
        assertThat(Reference.of("name:id:x").name()).isEqualTo("id:x");
        assertThatThrownBy(() -> Reference.of("id:x")).hasMessageContaining("no id");
        assertThatThrownBy(() -> Reference.of("id:" + WHOLE + "0")).hasMessageContaining("no id");
    }

    @Test
    void aKeyIsAnIdOrThatOfAName() {
        assertThat(Reference.key(WHOLE).toHex()).isEqualToIgnoringCase(WHOLE);
        assertThat(Reference.key("name:" + WHOLE)).isEqualTo(Label.key(WHOLE));
        assertThat(Reference.key("0123456789")).isEqualTo(Label.key("0123456789"));
    }

    @Property(tries = 1000)
    void everyNameCanBeMeant(@ForAll String name) {
        assertThat(Reference.of("name:" + name).name()).isEqualTo(name);
    }
}
