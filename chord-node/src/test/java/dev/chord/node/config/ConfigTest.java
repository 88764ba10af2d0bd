package dev.chord.node.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chord.client.error.ChordException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigTest {
    @TempDir
    Path directory;

    private NodeConfig load(String toml, String dotEnv, Map<String, String> environment) throws IOException {
        Path file = Files.writeString(directory.resolve("chord.toml"), toml);
        if (!dotEnv.isEmpty()) {
            Files.writeString(directory.resolve(".env"), dotEnv);
        }
        return ConfigLoader.load(new ConfigLoader.Sources(Optional.of(file), Optional.empty(), environment, directory));
    }

    @Test
    void eachSourceWinsOverTheOnesBelowItAndIsNamed() throws IOException {
        List<ConfigKey> keys =
                List.of(ConfigKey.NODE_NAME, ConfigKey.NODE_ZONE, ConfigKey.RING_NAME, ConfigKey.RING_PRESET);
        StringBuilder dotEnv = new StringBuilder();
        keys.forEach(key -> dotEnv.append(key.environmentName()).append("=dot\n"));
        Files.writeString(directory.resolve(".env"), dotEnv);
        StringBuilder toml = new StringBuilder();
        keys.subList(0, 3).forEach(key -> toml.append(key.key()).append(" = \"file\"\n"));
        Path file = Files.writeString(directory.resolve("chord.toml"), toml);
        StringBuilder env = new StringBuilder();
        keys.subList(0, 2).forEach(key -> env.append(key.environmentName()).append("=envfile\n"));
        Path envFile = Files.writeString(directory.resolve("vars"), env);
        NodeConfig config = ConfigLoader.load(new ConfigLoader.Sources(
                Optional.of(file), Optional.of(envFile), Map.of("CHORD_NODE_NAME", "environment"), directory));
        assertThat(config.setting(ConfigKey.NODE_NAME))
                .isEqualTo(new NodeConfig.Setting("environment", "CHORD_NODE_NAME"));
        assertThat(config.setting(ConfigKey.NODE_ZONE))
                .isEqualTo(new NodeConfig.Setting("envfile", envFile.toString()));
        assertThat(config.setting(ConfigKey.RING_NAME)).isEqualTo(new NodeConfig.Setting("file", file.toString()));
        assertThat(config.setting(ConfigKey.RING_PRESET))
                .isEqualTo(
                        new NodeConfig.Setting("dot", directory.resolve(".env").toString()));
        assertThat(config.setting(ConfigKey.RING_REPLICAS).origin()).isEqualTo("default");
    }

    @Test
    void listsDottedKeysAndThePortVariableWork() throws IOException {
        NodeConfig config = load(
                "ring.join = [\"a:1\", \"b:2\"]\nnet.grpc.bind = \"127.0.0.1:1\"\n",
                "",
                Map.of("GRPC_SERVER_PORT", "99"));
        assertThat(config.seeds()).hasSize(2);
        assertThat(config.text(ConfigKey.GRPC_BIND)).isEqualTo("127.0.0.1:99");
    }

    @Test
    void anUnknownKeyIsRefusedWithTheNearestOne() {
        assertThatThrownBy(() -> load("[ring]\nreplica = 3\n", "", Map.of()))
                .isInstanceOf(ChordException.class)
                .hasMessageContaining("ring.replica")
                .extracting(e -> ((ChordException) e).hint())
                .asString()
                .contains("ring.replicas");
    }

    @Test
    void malformedValuesNameKeyValueAndOrigin() throws IOException {
        NodeConfig config = load("ring.replicas = \"many\"\nrepair.delay = \"5 minutes\"\n", "", Map.of());
        assertThatThrownBy(config::ring).hasMessageContaining("ring.replicas").hasMessageContaining("'many'");
        assertThatThrownBy(config::check).hasMessageContaining("ring.replicas").hasMessageContaining("from 1 to 64");
        assertThatThrownBy(() -> config.duration(ConfigKey.REPAIR_DELAY)).hasMessageContaining("5 minutes");
        assertThatThrownBy(() -> load("this is [not toml", "", Map.of())).hasMessageContaining("not TOML");
    }

    @Test
    void timesHaveUnits() {
        assertThat(NodeConfig.parseDuration("250ms")).contains(Duration.ofMillis(250));
        assertThat(NodeConfig.parseDuration("7d")).contains(Duration.ofDays(7));
        assertThat(NodeConfig.parseDuration("7")).isEmpty();
        assertThat(NodeConfig.parseDuration("-1s")).isEmpty();
    }

    @Test
    void theGuideListsEverySettingAsItIs() throws IOException {
        String guide = Files.readString(Path.of("../docs/user-guide.md"));
        for (ConfigKey key : ConfigKey.values()) {
            String value = key.defaultValue().isEmpty() ? "–" : "`" + key.defaultValue() + "`";
            assertThat(guide)
                    .contains("| `" + key.key() + "` | `" + key.environmentName() + "` | " + value + " | "
                            + key.range().words() + " | " + key.description() + " |");
        }
    }
}
