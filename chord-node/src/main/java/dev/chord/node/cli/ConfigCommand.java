package dev.chord.node.cli;

import dev.chord.node.config.ConfigKey;
import dev.chord.node.config.NodeConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code chord config}: what is set, and from where. */
@Command(
        name = "config",
        description = "Settings: show, check, explain.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "VERB")
final class ConfigCommand {
    @ParentCommand
    ChordCommand root;

    @Command(name = "show", description = "Every setting with its value.", mixinStandardHelpOptions = true)
    int show(@Option(names = "--origin", description = "and where the value comes from") boolean origin) {
        NodeConfig config = root.globals.settings();
        List<List<String>> table = new ArrayList<>();
        List<Map<String, Object>> rows = new ArrayList<>();
        for (ConfigKey key : ConfigKey.values()) {
            NodeConfig.Setting setting = config.setting(key);
            table.add(List.of(
                    key.key(), setting.value().isEmpty() ? "-" : setting.value(), origin ? setting.origin() : ""));
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("key", key.key());
            row.put("value", setting.value());
            row.put("origin", setting.origin());
            rows.add(row);
        }
        root.globals.output().results("settings", rows, Map.of(), Output.table(table));
        return 0;
    }

    @Command(
            name = "validate",
            description = "Check the settings; exit 2 with the first mistake.",
            mixinStandardHelpOptions = true)
    int validate() {
        root.globals.settings().check();
        root.globals.output().result(Map.of("valid", true), List.of("the settings are valid"));
        return 0;
    }

    @Command(name = "reference", description = "Every setting, explained.", mixinStandardHelpOptions = true)
    int reference() {
        List<String> lines = new ArrayList<>();
        List<Map<String, Object>> rows = new ArrayList<>();
        lines.add("| key | environment | default | range | meaning |");
        lines.add("|---|---|---|---|---|");
        for (ConfigKey key : ConfigKey.values()) {
            lines.add("| `" + key.key() + "` | `" + key.environmentName() + "` | "
                    + (key.defaultValue().isEmpty() ? "–" : "`" + key.defaultValue() + "`") + " | "
                    + key.range().words() + " | " + key.description() + " |");
            rows.add(Map.of(
                    "key",
                    key.key(),
                    "environment",
                    key.environmentName(),
                    "default",
                    key.defaultValue(),
                    "range",
                    key.range().words(),
                    "meaning",
                    key.description()));
        }
        root.globals.output().results("keys", rows, Map.of(), lines);
        return 0;
    }
}
